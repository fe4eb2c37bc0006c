import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { SpaceId } from '@cloudsync/protocol'
import { ApiClient } from '../api/api-client.ts'
import { isApiError } from '../api/api-error.ts'
import { loadRecipients } from './load-recipients.ts'

function problem(status: number, code: string): Response {
  return Response.json({ code, title: code, status }, { status })
}

const known: Readonly<Record<string, () => Response>> = {
  '/groups': () => Response.json({ items: [{ id: 'g', name: 'Team', memberCount: 2 }] }),
  '/spaces/good/members': () =>
    Response.json({ items: [{ userId: 'bob', name: 'Bob', email: 'bob@example.com' }] }),
  '/spaces/lost/members': () => problem(404, 'not_found'),
  '/spaces/shut/members': () => problem(403, 'forbidden'),
  '/spaces/broken/members': () => problem(500, 'internal'),
}

/** The names of those who are known by these spaces. */
async function namesIn(...spaces: string[]): Promise<string[]> {
  const fetch = (url: string) => {
    const path = url.replace('/api/v1', '').replace(/\?.*/, '')
    return Promise.resolve(known[path]?.() ?? problem(404, 'not_found'))
  }
  const api = new ApiClient(fetch, { check: () => Promise.resolve() })
  const from = { spaces: spaces as SpaceId[], ownId: 'me' }
  const found = await loadRecipients(api, from, new AbortController().signal)
  return found.map(({ name }) => name)
}

suite('whom somebody can be suggested to share with', () => {
  test('is found in their other spaces when one has just been lost', async () => {
    assert.deepEqual(await namesIn('lost', 'good', 'shut'), ['Bob', 'Team'])
  })

  test('is not told by half when the server fails', async () => {
    await assert.rejects(namesIn('good', 'broken'), (error) => isApiError(error, 'internal'))
  })
})
