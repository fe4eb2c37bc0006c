import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hideSecretFields, scrubSecrets } from './scrub-secrets.ts'

test('secret fields are hidden by their names, however deep and however written', () => {
  const hidden = '[Redacted]'
  assert.deepEqual(
    hideSecretFields({
      body: { email: 'ada@example.com', password: 'p', list: [{ refresh_token: 't' }] },
      headers: { Authorization: 'Bearer x', 'set-cookie': ['a=b'], accept: '*/*' },
      newPassword: 'p',
      apiKey: 'k',
      tokens: 3,
      tokenCount: 3,
    }),
    {
      body: { email: 'ada@example.com', password: hidden, list: [{ refresh_token: hidden }] },
      headers: { Authorization: hidden, 'set-cookie': hidden, accept: '*/*' },
      newPassword: hidden,
      apiKey: hidden,
      tokens: hidden,
      tokenCount: 3,
    },
  )
})

test('errors are left to their serializer', () => {
  const error = new Error('it failed')
  assert.equal(hideSecretFields({ err: error })['err'], error)
})

test('what looks like a secret is taken out of a line, wherever it is', () => {
  const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
  for (const line of [
    `the token ${token} was refused`,
    'authorization: Bearer c2VjcmV0LXNlY3JldA==',
    'cookie: a=b; __Host-cs_session=c2VjcmV0LXNlY3JldA; cs_session_8080=c2VjcmV0LXNlY3JldA',
    '/live/y/text:1?token=c2VjcmV0LXNlY3JldA&x=1',
    'postgres://cloudsync:c2VjcmV0@db/cloudsync',
    'redis://:c2VjcmV0@cache',
  ])
    assert.doesNotMatch(scrubSecrets(line), /c2Vj|eyJz/, line)
  for (const line of ['GET /api/v1/nodes?limit=200', 'http://127.0.0.1:8080/ is ready'])
    assert.equal(scrubSecrets(line), line)
})

test('a long line is scrubbed in time that grows with its length', () => {
  const began = process.cpuUsage()
  scrubSecrets(`${'a:/'.repeat(100_000)} bearer ${'x'.repeat(200_000)}://${':'.repeat(100_000)}`)
  assert.ok(process.cpuUsage(began).user < 1_000_000)
})
