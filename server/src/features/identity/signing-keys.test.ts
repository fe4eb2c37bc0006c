import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  calculateJwkThumbprint,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  SignJWT,
} from 'jose'
import { noNotices } from '../../../testing/alone.ts'
import { waitUntil } from '../../../testing/stock-clients.ts'
import { openTestDatabase, type TestDatabase } from '../../../testing/test-database.ts'
import { openTestKeys } from '../../../testing/test-keys.ts'
import { openSessionParts } from './open-session-parts.ts'
import { replaceSigningKeys, rotateSigningKeys } from './signing-key-rotation.ts'
import { openPrivateKey } from './signing-key-seals.ts'
import { SigningKeys } from './signing-keys.ts'
import { Jwt } from './jwt.ts'
import { silentLog, TestClock, testPublicUrl } from './testing/start-identity.ts'

async function storeOf({ database: db }: TestDatabase) {
  return { db, keys: await openTestKeys(db) }
}

test('servers that start at once on an empty database share one key of each kind', async () => {
  await using test = await openTestDatabase()
  const store = await storeOf(test)
  const clock = new TestClock()
  const opened = await Promise.all(
    Array.from({ length: 6 }, () => SigningKeys.open({ ...store, clock })),
  )
  const rows = await test.database.kysely.selectFrom('signing_keys').select('algorithm').execute()
  assert.deepEqual(rows.map((row) => row.algorithm).toSorted(), ['ES256', 'HS256'])
  assert.equal(new Set(opened.map((keys) => keys.current.kid)).size, 1)
  assert.equal(new Set(opened.map((keys) => keys.successorSecret.toString('hex'))).size, 1)
  assert.equal(opened[0]?.successorSecret.length, 32)
})

test('a key that another server adds later is found, and the old one still counts', async () => {
  await using test = await openTestDatabase()
  const store = await storeOf(test)
  const clock = new TestClock()
  const keys = await SigningKeys.open({ ...store, clock })
  const jwt = new Jwt({ keys, issuer: 'cs', clock })
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

test('a key that lies plain counts as before, and is sealed by whoever opens or keeps the keys', async () => {
  await using test = await openTestDatabase()
  const store = await storeOf(test)
  const { kysely } = test.database
  const clock = new TestClock()
  const list = () => kysely.selectFrom('signing_keys').selectAll().orderBy('kid').execute()
  const openAll = async () =>
    Promise.all((await list()).map((row) => openPrivateKey(store.keys, row)))
  const first = await SigningKeys.open({ ...store, clock })
  const token = await new Jwt({ keys: first, issuer: 'cs', clock }).sign(use, {}, 60)
  const before = await openAll()
  const secrets = before.map(({ d, k }) => String(d ?? k))
  const expose = async () => {
    for (const row of await list())
      await kysely
        .updateTable('signing_keys')
        .set({
          private_jwk: JSON.stringify(await openPrivateKey(store.keys, row)),
          sealed: null,
          key_id: null,
        })
        .where('kid', '=', row.kid)
        .execute()
    await first.reload()
    const file = await readTableFile(test, 'signing_keys')
    for (const secret of secrets) assert.ok(file.includes(secret))
  }
  for (const seal of [() => SigningKeys.open({ ...store, clock }), () => first.keep()]) {
    await expose()
    await seal()
    const rows = await list()
    assert.equal(rows.length, 2)
    for (const { private_jwk: plain, sealed, key_id: keyId } of rows)
      assert.ok(plain === null && sealed !== null && keyId !== null)
    assert.deepEqual(await openAll(), before)
    const file = await readTableFile(test, 'signing_keys')
    for (const secret of secrets) assert.ok(!file.includes(secret))
    const again = await SigningKeys.open({ ...store, clock })
    const jwt = new Jwt({ keys: again, issuer: 'cs', clock })
    assert.equal((await jwt.verify(use, token)).aud, 'a')
    assert.deepEqual(again.successorSecret, first.successorSecret)
  }
})

/** What of a table lies on the disk, with what was deleted and not overwritten yet. */
async function readTableFile({ database }: TestDatabase, table: string): Promise<Buffer> {
  await database.pool.query('CHECKPOINT')
  const { rows } = await database.pool.query<{ bytes: Buffer }>(
    'SELECT pg_read_binary_file(pg_relation_filepath($1)) AS bytes',
    [table],
  )
  return rows[0]?.bytes ?? Buffer.alloc(0)
}

const use = { audience: 'a', typ: 'x+jwt' }
const hour = 3600
const day = 24 * hour

test('after ninety days another key signs; it was published before, and the old one counts until its last token has ended', async () => {
  await using test = await openTestDatabase()
  const store = await storeOf(test)
  const clock = new TestClock()
  const keys = await SigningKeys.open({ ...store, clock })
  const jwt = new Jwt({ keys, issuer: 'cs', clock })
  const first = keys.current.kid
  clock.advance(90 * day - hour - 60)
  await keys.keep()
  assert.equal(keys.jwks.keys.length, 1)
  clock.advance(60)
  await keys.keep()
  assert.equal(keys.jwks.keys.length, 2)
  assert.equal(keys.current.kid, first)
  clock.advance(hour - 1)
  const last = await jwt.sign(use, {}, hour)
  assert.equal(decodeProtectedHeader(last).kid, first)
  clock.advance(1)
  const second = keys.current.kid
  assert.notEqual(second, first)
  assert.equal(keys.jwks.keys[1]?.kid, second)
  assert.equal(decodeProtectedHeader(await jwt.sign(use, {}, hour)).kid, second)
  clock.advance(hour - 2)
  await keys.keep()
  await jwt.verify(use, last)
  clock.advance(10 * 60 + 2)
  await keys.keep()
  assert.deepEqual(
    keys.jwks.keys.map(({ kid }) => kid),
    [second],
  )
  await assert.rejects(jwt.verify(use, last), { code: 'not_signed_in' })
  await keys.keep()
  assert.equal(keys.jwks.keys.length, 1)
})

test('servers that find at once that it is time make one key', async () => {
  await using test = await openTestDatabase()
  const store = await storeOf(test)
  const clock = new TestClock()
  const servers = await Promise.all(
    Array.from({ length: 5 }, () => SigningKeys.open({ ...store, clock })),
  )
  clock.advance(90 * day)
  await Promise.all(servers.map((keys) => keys.keep()))
  const sets = await Promise.all(
    servers.map(async (keys) => {
      await keys.reload()
      return keys.jwks.keys.map(({ kid }) => kid).join(' ')
    }),
  )
  assert.equal(new Set(sets).size, 1)
  assert.equal(servers[0]?.jwks.keys.length, 2)
})

test('an operator has a key made that signs an hour later, once however often it is asked for', async () => {
  await using test = await openTestDatabase()
  const store = await storeOf(test)
  const clock = new TestClock()
  const keys = await SigningKeys.open({ ...store, clock })
  const jwt = new Jwt({ keys, issuer: 'cs', clock })
  const before = await jwt.sign(use, {}, hour)
  for (let time = 0; time < 2; time++)
    assert.equal((await rotateSigningKeys(store, clock.now())).length, 2)
  await keys.reload()
  const first = keys.current.kid
  clock.advance(hour)
  assert.notEqual(keys.current.kid, first)
  await jwt.verify(use, before)
})

test('after a leak nothing counts that was signed before', async () => {
  await using test = await openTestDatabase()
  const store = await storeOf(test)
  const clock = new TestClock()
  const keys = await SigningKeys.open({ ...store, clock })
  const jwt = new Jwt({ keys, issuer: 'cs', clock })
  const before = await jwt.sign(use, {}, hour)
  const successors = keys.successorSecret
  await rotateSigningKeys(store, clock.now())
  assert.equal((await replaceSigningKeys(store, clock.now())).length, 1)
  await keys.reload()
  await assert.rejects(jwt.verify(use, before), { code: 'not_signed_in' })
  await jwt.verify(use, await jwt.sign(use, {}, hour))
  // Refresh tokens go on.
  assert.deepEqual(keys.successorSecret, successors)
})

test('a server that may have missed a notice reads the keys anew', async () => {
  await using test = await openTestDatabase()
  const store = await storeOf(test)
  const clock = new TestClock()
  const listeners: (() => void)[] = []
  const { signingKeys } = await openSessionParts({
    ...store,
    clock,
    log: silentLog,
    notices: { ...noNotices, onMissed: (listener) => listeners.push(listener) },
    publicUrl: () => testPublicUrl,
    issuer: 'cs',
  })
  const [next] = await replaceSigningKeys(store, clock.now())
  for (const listener of listeners) listener()
  await waitUntil('it has the new key', () => signingKeys.current.kid === next?.kid)
})

test('no token is signed that would outlive its key', async () => {
  await using test = await openTestDatabase()
  const store = await storeOf(test)
  const clock = new TestClock()
  const jwt = new Jwt({ keys: await SigningKeys.open({ ...store, clock }), issuer: 'cs', clock })
  await assert.rejects(async () => jwt.sign(use, {}, hour + 1), RangeError)
})
