import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { deriveSealKey, seal, SealBrokenError, sealOverheadBytes, unseal } from './seal.ts'

const key = randomBytes(32)
const context = Buffer.from('a pack')

test('[EN1] what was sealed is opened with the same key and context, and is 28 bytes longer', () => {
  for (const length of [0, 1, 16, 70_000]) {
    const plain = randomBytes(length)
    const sealed = seal(key, plain, context)
    assert.equal(sealed.byteLength, length + sealOverheadBytes)
    assert.deepEqual(Buffer.from(unseal(key, sealed, context)), plain)
  }
})

test('[EN1] a key is the same as bytes and as a key object', () => {
  const plain = Buffer.from('a secret')
  const object = createSecretKey(key)
  assert.deepEqual(unseal(object, seal(key, plain, context), context), plain)
  assert.deepEqual(unseal(key, seal(object, plain, context), context), plain)
  assert.deepEqual(deriveSealKey(object, 'one'), deriveSealKey(key, 'one'))
})

test('[EN2] a change of any byte, a cut, another key or another context is noticed', () => {
  const sealed = seal(key, Buffer.from('a secret'), context)
  for (let at = 0; at < sealed.byteLength; at++) {
    const changed = Uint8Array.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.throws(() => unseal(key, changed, context), SealBrokenError)
    assert.throws(() => unseal(key, sealed.subarray(0, at), context), SealBrokenError)
  }
  assert.throws(() => unseal(randomBytes(32), sealed, context), SealBrokenError)
  assert.throws(() => unseal(key, sealed, Buffer.from('another')), SealBrokenError)
})

test('[EN3] the same bytes are never sealed alike, and each purpose has a key of its own', () => {
  const plain = Buffer.from('a secret')
  assert.notDeepEqual(seal(key, plain, context), seal(key, plain, context))
  assert.deepEqual(deriveSealKey(key, 'one'), deriveSealKey(key, 'one'))
  assert.notDeepEqual(deriveSealKey(key, 'one'), deriveSealKey(key, 'two'))
  assert.equal(deriveSealKey(key, 'one').byteLength, 32)
})
