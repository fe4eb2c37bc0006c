import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { empty, endpoint } from './endpoint.ts'
import { requireNeeds } from './need.ts'

const params = z.object({ id: z.string() })
const facts = { summary: 'Something', answers: { 204: 'empty' } } as const
const handle = () => Promise.resolve(empty())

test('an endpoint that does not say what must be permitted to call it stops the server', () => {
  const silent = endpoint({
    ...facts,
    method: 'get',
    path: '/silent/:id',
    access: 'user',
    params,
    handle,
  })
  assert.throws(() => requireNeeds([silent]), /get \/silent\/:id/)
  const vague = endpoint({
    ...facts,
    method: 'get',
    path: '/vague/:id',
    access: 'user',
    needs: { node: 'node.read', of: 'query.id' },
    params,
    handle,
  })
  assert.throws(() => requireNeeds([vague]), /get \/vague\/:id/)
  const both = endpoint({
    ...facts,
    method: 'get',
    path: '/both',
    access: 'admin',
    needs: 'own',
    handle,
  })
  assert.throws(() => requireNeeds([both]), /get \/both/)
})

test('what says it is served', () => {
  const needs = { node: 'node.read', of: 'params.id' } as const
  requireNeeds([
    endpoint({ ...facts, method: 'get', path: '/node/:id', access: 'user', needs, params, handle }),
    endpoint({ ...facts, method: 'get', path: '/own', access: 'user', needs: 'own', handle }),
    endpoint({ ...facts, method: 'get', path: '/public', access: 'public', handle }),
    endpoint({ ...facts, method: 'get', path: '/admin', access: 'admin', handle }),
  ])
})
