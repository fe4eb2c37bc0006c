import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { parseMasterKey } from './parse-master-key.ts'

const key = randomBytes(32)

test('a master key is 32 bytes as hex digits, as base64 or as they are', () => {
  const forms = [
    key,
    key.toString('hex'),
    `${key.toString('hex').toUpperCase()}\n`,
    key.toString('base64'),
    `  ${key.toString('base64url')}\r\n`,
  ]
  for (const form of forms)
    assert.deepEqual(Buffer.from(parseMasterKey(Buffer.from(form), 'a.key')), key)
})

test('anything else is refused, with the file, its length and how to make one', () => {
  const broken = [
    '',
    key.subarray(1),
    key.toString('hex').slice(2),
    key.toString('base64').slice(3),
    // 32 bytes, but a key that was cut in the middle.
    key.toString('hex').slice(32),
    'x'.repeat(64),
  ]
  for (const form of broken)
    assert.throws(() => parseMasterKey(Buffer.from(form), '/etc/a.key'), {
      name: 'MasterKeyError',
      message: new RegExp(`^/etc/a.key holds no master key.* ${form.length} bytes.*openssl`),
    })
})
