import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Space } from '@cloudsync/protocol'
import { startTestServer } from '../testing/index.ts'

test('a space is made once, however often and at once the same request comes', async () => {
  await using server = await startTestServer()
  const make = (name: string, key: string) =>
    server.admin.send('POST', '/spaces', {
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ name }),
    })
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => make('Plans', 'the-same-request')),
  )
  const made = await Promise.all(answers.map(async (answer) => (await answer.json()) as Space))
  assert.equal(new Set(made.map(({ id }) => id)).size, 1)
  for (const answer of answers) assert.equal(answer.status, 201)
  const other = await make('Others', 'the-same-request')
  assert.equal(((await other.json()) as { code: string }).code, 'idempotency_mismatch')
  const { items } = await server.admin.get<{ items: Space[] }>('/spaces')
  assert.equal(items.filter(({ kind }) => kind === 'team').length, 1)
})
