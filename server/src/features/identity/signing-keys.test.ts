import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { SigningKeys } from './signing-keys.ts'
import { Jwt } from './jwt.ts'
import { TestClock } from './testing/start-identity.ts'

test('servers that start at once on an empty database share one key of each kind', async () => {
  await using test = await openTestDatabase()
  const clock = new TestClock()
  const opened = await Promise.all(
    Array.from({ length: 6 }, () => SigningKeys.open(test.database, clock)),
  )
  const rows = await test.database.kysely.selectFrom('signing_keys').select('algorithm').execute()
  assert.deepEqual(rows.map((row) => row.algorithm).toSorted(), ['ES256', 'HS256'])
  assert.equal(new Set(opened.map((keys) => keys.current.kid)).size, 1)
  assert.equal(new Set(opened.map((keys) => keys.successorSecret.toString('hex'))).size, 1)
  assert.equal(opened[0]?.successorSecret.length, 32)
})

test('a key that another server adds later is found, and the old one still counts', async () => {
  await using test = await openTestDatabase()
  const clock = new TestClock()
  const keys = await SigningKeys.open(test.database, clock)
  const jwt = new Jwt({ keys, issuer: 'cs', clock })
  const use = { audience: 'a', typ: 'x+jwt' }
  const before = await jwt.sign(use, {}, 60)

  const pair = await generateKeyPair('ES256', { extractable: true })
  const publicJwk = await exportJWK(pair.publicKey)
  const kid = await calculateJwkThumbprint(publicJwk)
  await test.database.kysely
    .insertInto('signing_keys')
    .values({
      kid,
      algorithm: 'ES256',
      private_jwk: JSON.stringify(await exportJWK(pair.privateKey)),
      public_jwk: JSON.stringify(publicJwk),
    })
    .execute()
  const nowSeconds = Math.floor(clock.now().getTime() / 1000)
  const fromAnother = await new SignJWT({ iss: 'cs', aud: 'a', iat: nowSeconds, jti: 'j' })
    .setProtectedHeader({ alg: 'ES256', typ: 'x+jwt', kid })
    .setExpirationTime(nowSeconds + 60)
    .sign(pair.privateKey)

  // Names of keys come from strangers: they make us look once in a while only.
  await assert.rejects(jwt.verify(use, fromAnother), { code: 'not_signed_in' })
  clock.advance(6)
  assert.equal((await jwt.verify(use, fromAnother)).jti, 'j')
  assert.equal((await jwt.verify(use, before)).aud, 'a')
  assert.equal(keys.jwks.keys.length, 2)
})
