import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
} from 'jose'
import type { JWTPayload } from 'jose'
import { replaceSigningKeys } from './signing-key-rotation.ts'
import { openPrivateKey } from './signing-key-seals.ts'
import { startIdentity, type IdentityFixture } from './testing/start-identity.ts'

/** Signs with the installation's own key, so that only what is told here is wrong with the token. */
async function forge(
  fixture: IdentityFixture,
  claims: JWTPayload,
  header: Record<string, unknown> = {},
): Promise<string> {
  const row = await fixture.db.kysely
    .selectFrom('signing_keys')
    .selectAll()
    .where('algorithm', '=', 'ES256')
    .executeTakeFirstOrThrow()
  const privateJwk = await openPrivateKey(fixture.keys, row)
  const key = await importJWK(privateJwk, 'ES256')
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: row.kid, ...header })
    .sign(key)
}

async function assertRefused(fixture: IdentityFixture, token: string, code = 'not_signed_in') {
  const answer = await fixture.server.me(token)
  assert.equal(answer.status, 401)
  assert.equal(answer.body['code'], code)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal(answer.headers.get('www-authenticate'), 'Bearer error="invalid_token"')
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

test('an access token says what RFC 9068 asks for, and lives for ten minutes', async () => {
  await using fixture = await startIdentity()
  const { accessToken, expiresInSeconds } = await fixture.server.signIn()
  assert.equal(expiresInSeconds, 600)
  const header = decodeProtectedHeader(accessToken)
  assert.equal(header.alg, 'ES256')
  assert.equal(header.typ, 'at+jwt')
  assert.equal(header.kid, fixture.identity.jwks().keys[0]?.kid)
  const claims = decodeJwt(accessToken)
  assert.equal(claims.iss, 'https://cs.test')
  assert.equal(claims.aud, 'cloudsync:api')
  assert.equal((claims.exp ?? 0) - (claims.iat ?? 0), 600)
  assert.ok(claims.sub && claims.jti && claims['sid'])
  assert.equal((await fixture.server.me(accessToken)).status, 200)
})

test('the published keys verify a token and hold nothing private', async () => {
  await using fixture = await startIdentity()
  const response = await fetch(`${fixture.server.url}/.well-known/jwks.json`)
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^application\/jwk-set\+json/)
  const { keys } = (await response.json()) as { keys: Record<string, unknown>[] }
  assert.equal(keys.length, 1)
  assert.deepEqual(Object.keys(keys[0] ?? {}).toSorted(), [
    'alg',
    'crv',
    'kid',
    'kty',
    'use',
    'x',
    'y',
  ])
})

test('a token without a signature, or signed by another, is refused', async () => {
  await using fixture = await startIdentity()
  const { accessToken } = await fixture.server.signIn()
  const [, payload = '', signature = ''] = accessToken.split('.')
  const { kid } = decodeProtectedHeader(accessToken)
  for (const alg of ['none', 'None', 'nOnE', '']) {
    const header = encode({ alg, typ: 'at+jwt', kid })
    await assertRefused(fixture, `${header}.${payload}.`)
    await assertRefused(fixture, `${header}.${payload}.${signature}`)
  }
  const stranger = await generateKeyPair('ES256')
  const claims = decodeJwt(accessToken)
  const bySomebodyElse = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: kid ?? '' })
    .sign(stranger.privateKey)
  await assertRefused(fixture, bySomebodyElse)
})

test('the public key is no secret that a token can be signed with', async () => {
  await using fixture = await startIdentity()
  const { accessToken } = await fixture.server.signIn()
  const [, payload = ''] = accessToken.split('.')
  const { kid } = decodeProtectedHeader(accessToken)
  const jwk = fixture.identity.jwks().keys[0]
  assert.ok(jwk)
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  const secrets = [
    publicKey.export({ type: 'spki', format: 'pem' }),
    publicKey.export({ type: 'spki', format: 'der' }),
    JSON.stringify(jwk),
    Buffer.from(jwk.x ?? '', 'base64url'),
  ]
  for (const secret of secrets) {
    const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`
    const mac = createHmac('sha256', secret).update(signed).digest('base64url')
    await assertRefused(fixture, `${signed}.${mac}`)
  }
})

test('keys that a token brings along are ignored', async () => {
  await using fixture = await startIdentity()
  const { accessToken } = await fixture.server.signIn()
  const { kid = '' } = decodeProtectedHeader(accessToken)
  const stranger = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(stranger.publicKey)
  const headers = [
    { jwk },
    { kid, jwk },
    { kid: 'mine', jwk },
    { kid, jku: 'http://127.0.0.1:1/jwks.json' },
    { kid, x5u: 'http://127.0.0.1:1/chain.pem' },
    { kid, crit: ['cs'], cs: true },
  ]
  for (const header of headers) {
    const token = await new SignJWT(decodeJwt(accessToken))
      .setProtectedHeader(Object.assign({ alg: 'ES256', typ: 'at+jwt' }, header))
      .sign(stranger.privateKey, { crit: { cs: true } })
    await assertRefused(fixture, token)
  }
})

test('another algorithm is refused, even under a key id of ours', async () => {
  await using fixture = await startIdentity()
  const { accessToken } = await fixture.server.signIn()
  const [, payload = ''] = accessToken.split('.')
  const { kid } = decodeProtectedHeader(accessToken)
  const { privateKey } = generateKeyPairSync('ed25519')
  const signed = `${encode({ alg: 'EdDSA', typ: 'at+jwt', kid })}.${payload}`
  const signature = signBytes(null, Buffer.from(signed), privateKey).toString('base64url')
  await assertRefused(fixture, `${signed}.${signature}`)
})

test('the key that successors are derived with verifies nothing', async () => {
  await using fixture = await startIdentity()
  const { accessToken } = await fixture.server.signIn()
  const [, payload = ''] = accessToken.split('.')
  const row = await fixture.db.kysely
    .selectFrom('signing_keys')
    .selectAll()
    .where('algorithm', '=', 'HS256')
    .executeTakeFirstOrThrow()
  const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: row.kid })}.${payload}`
  const { k } = await openPrivateKey(fixture.keys, row)
  const secret = Buffer.from(String(k), 'base64url')
  const mac = createHmac('sha256', secret).update(signed).digest('base64url')
  await assertRefused(fixture, `${signed}.${mac}`)
})

test('each claim and header that is wrong or missing is enough to refuse a token', async () => {
  await using fixture = await startIdentity()
  const good = decodeJwt((await fixture.server.signIn()).accessToken)
  assert.equal((await fixture.server.me(await forge(fixture, good))).status, 200)
  const without = (name: string) =>
    Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))
  const claims: JWTPayload[] = [
    { ...good, aud: 'cloudsync:live-ticket' },
    { ...good, iss: 'https://evil.test' },
    { ...good, sub: '00000000-0000-7000-8000-000000000000' },
    { ...good, sub: "' OR 1=1 --" },
    { ...good, sid: '00000000-0000-7000-8000-000000000000' },
    { ...good, sid: { toString: 'x' } },
    { ...good, nbf: (good.iat ?? 0) + 120 },
    { ...good, exp: (good.iat ?? 0) + 3600 },
    { ...good, iat: (good.iat ?? 0) + 3600, exp: (good.iat ?? 0) + 3700 },
    ...['aud', 'iss', 'sub', 'sid', 'exp', 'iat', 'jti'].map(without),
  ]
  for (const payload of claims) await assertRefused(fixture, await forge(fixture, payload))
  for (const typ of ['JWT', 'cloudsync-feature+jwt', 'at', undefined])
    await assertRefused(fixture, await forge(fixture, good, { typ }))
  for (const kid of ['another', '', '__proto__', "'; DROP TABLE signing_keys; --", undefined])
    await assertRefused(fixture, await forge(fixture, good, { kid }))
})

test('a token that is no token is refused', async () => {
  await using fixture = await startIdentity()
  const { accessToken, refreshToken } = await fixture.server.signIn()
  const huge = 'a'.repeat(8000)
  for (const token of [
    'x',
    '..',
    'a.b.c',
    `${accessToken}.x`,
    accessToken.slice(0, -2),
    refreshToken,
    huge,
  ])
    await assertRefused(fixture, token)
  const none = await fixture.server.call('GET', '/me')
  assert.equal(none.status, 401)
  assert.equal(none.body['code'], 'not_signed_in')
})

test('an expired token is told from a bad one, and clocks may differ a little', async () => {
  await using fixture = await startIdentity()
  const { accessToken } = await fixture.server.signIn()
  fixture.clock.advance(600 + 20)
  assert.equal((await fixture.server.me(accessToken)).status, 200)
  fixture.clock.advance(41)
  await assertRefused(fixture, accessToken, 'token_expired')
})

test('a token for a feature is good for that feature alone', async () => {
  await using fixture = await startIdentity()
  const { identity, server } = fixture
  const { sub, sid } = decodeJwt((await server.signIn()).accessToken)
  const claims = { sub: sub ?? '', sid, document: 'text:1', iss: 'me', aud: 'you', exp: 1 }
  const token = await identity.signToken({ audience: 'cloudsync:ticket', claims, ttlSeconds: 300 })
  const verified = await identity.verifyToken(token, 'cloudsync:ticket')
  assert.equal(verified['document'], 'text:1')
  assert.equal(verified.sub, sub)
  assert.equal(verified.aud, 'cloudsync:ticket')
  assert.equal(verified.iss, 'https://cs.test')
  await assert.rejects(identity.verifyToken(token, 'cloudsync:other'), { code: 'not_signed_in' })
  await assertRefused(fixture, token)
  fixture.clock.advance(361)
  await assert.rejects(identity.verifyToken(token, 'cloudsync:ticket'), { code: 'token_expired' })
})

test('no feature can make or read access tokens', async () => {
  await using fixture = await startIdentity()
  const { accessToken } = await fixture.server.signIn()
  const token = { audience: 'cloudsync:api', claims: { sub: 'x' }, ttlSeconds: 1 }
  await assert.rejects(fixture.identity.signToken(token))
  await assert.rejects(fixture.identity.verifyToken(accessToken, token.audience))
  await assert.rejects(fixture.identity.verifyToken(accessToken, 'cloudsync:ticket'))
})

test('a token whose key was withdrawn is refused as soon as the server has read the keys anew, told or not', async () => {
  await using fixture = await startIdentity()
  const { accessToken } = await fixture.server.signIn()
  const withAnotherKey = await forge(fixture, decodeJwt(accessToken), { kid: 'another' })
  assert.equal((await fixture.server.me(accessToken)).status, 200)
  await replaceSigningKeys(fixture, fixture.clock.now())
  fixture.clock.advance(6)
  // A key that it does not know makes the server look.
  await assertRefused(fixture, withAnotherKey)
  await assertRefused(fixture, accessToken)
})
