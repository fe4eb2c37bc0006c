import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Passwords } from './passwords.ts'

test('a hash is argon2id with at least 19 MiB and two passes', async () => {
  const hash = await new Passwords().hash('correct horse')
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

test('the name of the product is no password, whatever stands around it', async () => {
  const passwords = new Passwords()
  for (const password of ['cloudsync1', 'CloudSync2026!', '12-cloud-sync-34', 'CLOUDSYNCcloudsync'])
    await assert.rejects(passwords.hash(password), { code: 'password_too_common' }, password)
  assert.match(await passwords.hash('my cloudsync is blue'), /^\$argon2id/)
})

test('only the right password belongs to a hash', async () => {
  const passwords = new Passwords()
  const hash = await passwords.hash('correct horse')
  assert.equal(await passwords.verify(hash, 'correct horse'), true)
  assert.equal(await passwords.verify(hash, 'correct horsE'), false)
  assert.equal(await passwords.verify(hash, ''), false)
})

test('a password is the same in any Unicode form, and may hold anything', async () => {
  const passwords = new Passwords()
  const hash = await passwords.hash('Å\u0000ﬁn\u{1F600}\uD800')
  assert.equal(await passwords.verify(hash, 'A\u030A\u0000fin\u{1F600}\uD800'), true)
})

test('where there is no hash, no password is right, not even that of the decoy', async () => {
  assert.equal(await new Passwords().verify(undefined, 'nobody has this password'), false)
})

test('where there is no hash, one is computed all the same', async () => {
  const passwords = new Passwords({ concurrency: 1, maxWaiting: 0 })
  const hash = await passwords.hash('correct horse')
  await passwords.verify(undefined, 'warms the decoy up')
  for (const known of [hash, undefined]) {
    const verification = passwords.verify(known, 'a guess')
    // The decoy is there already; from here on both take the only turn.
    await Promise.resolve()
    await Promise.resolve()
    await assert.rejects(passwords.hash('another'), { code: 'unavailable' })
    assert.equal(await verification, false)
  }
})

test('a storm of sign-ins waits in line, and beyond the line is told to come back', async () => {
  const passwords = new Passwords({ concurrency: 2, maxWaiting: 3 })
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => passwords.hash(`password ${index}`)),
  )
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    [...Array<string>(5).fill('fulfilled'), ...Array<string>(3).fill('rejected')],
  )
  const refused = outcomes.at(-1)
  assert.ok(refused?.status === 'rejected')
  assert.equal((refused.reason as { code: string }).code, 'unavailable')
  assert.match(await passwords.hash('the line is free again'), /^\$argon2id/)
})

test('a turn is given back when the hash is damaged', async () => {
  const passwords = new Passwords({ concurrency: 1, maxWaiting: 0 })
  for (let round = 0; round < 3; round++) {
    await assert.rejects(passwords.verify('no hash at all', 'secret'))
  }
})
