import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TokenScope } from '@cloudsync/protocol'
import { isAllowed, scopeOf, requireScope, type ScopeFacts } from './scopes.ts'

const facts = (access: ScopeFacts['access'], call: string): ScopeFacts => {
  const [method, path] = call.split(' ') as [ScopeFacts['method'], ScopeFacts['path']]
  return { access, method, path, scope: undefined }
}

test('what an endpoint needs follows from who may call it, its method and its path', () => {
  const needs = {
    'get /me': 'account:read',
    'get /account/sessions': 'account:read',
    'post /account/tokens': 'session',
    'get /spaces': 'files:read',
    'get /spaces/:id/changes': 'files:read',
    'post /spaces': 'spaces:manage',
    'put /spaces/:id/members': 'spaces:manage',
    'get /nodes/:id/content': 'files:read',
    'head /uploads/:id': 'files:read',
    'put /nodes/:id/content': 'files:write',
    'delete /trash': 'files:write',
  } as const
  for (const [call, need] of Object.entries(needs))
    assert.equal(scopeOf(facts('user', call)), need, call)
  assert.equal(scopeOf(facts('admin', 'get /users')), 'admin')
  assert.equal(scopeOf(facts('public', 'post /auth/sign-in')), undefined)
  assert.equal(
    scopeOf({ ...facts('user', 'post /live/tickets'), scope: 'files:read' }),
    'files:read',
  )
})

test('a caller without scopes may all, one with scopes what they name', () => {
  const reader = { scopes: new Set<TokenScope>(['files:read']) }
  assert.ok(isAllowed({}, 'session'))
  assert.ok(isAllowed(reader, 'files:read'))
  assert.ok(isAllowed(reader, undefined))
  for (const need of ['files:write', 'admin', 'session'] as const) {
    assert.ok(!isAllowed(reader, need))
    assert.throws(() => requireScope(reader, need), { code: 'insufficient_scope' })
  }
  assert.ok(!isAllowed({ scopes: new Set() }, 'files:read'))
})
