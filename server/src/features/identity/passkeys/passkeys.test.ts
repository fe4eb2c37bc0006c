import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import {
  SoftwareAuthenticator,
  type AuthenticatorOptions,
} from '../testing/software-authenticator.ts'
import { ada, startIdentity, type IdentityServer } from '../testing/start-identity.ts'
import { mailsTo } from '../testing/read-mail.ts'

type Options = Record<string, unknown>

async function beginRegistration(server: IdentityServer, token: string) {
  const { status, body } = await server.call('POST', '/account/passkeys/options', { token })
  assert.equal(status, 200, JSON.stringify(body))
  return { challenge: String(body['challenge']), options: body['options'] as Options }
}

async function beginSignIn(server: IdentityServer, body: Options = {}) {
  const answer = await server.call('POST', '/auth/passkeys/options', { body })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return {
    challenge: String(answer.body['challenge']),
    options: answer.body['options'] as Options,
  }
}

async function startPasskeys() {
  const fixture = await startIdentity()
  const { server } = fixture
  const { accessToken: token } = await server.signIn()
  const register = async (authenticator: SoftwareAuthenticator, as: AuthenticatorOptions = {}) => {
    const { challenge, options } = await beginRegistration(server, token)
    const response = authenticator.register(options, as)
    const body = { challenge, name: 'My laptop', response }
    return server.call('POST', '/account/passkeys', { token, body })
  }
  const signIn = async (authenticator: SoftwareAuthenticator, as: AuthenticatorOptions = {}) => {
    const { challenge, options } = await beginSignIn(server)
    const response = authenticator.signIn(options, as)
    return server.call('POST', '/auth/passkeys/sign-in', { body: { challenge, response } })
  }
  return { ...fixture, token, register, signIn }
}

test('a passkey signs in alone, is listed, renamed and removed', async () => {
  await using fixture = await startPasskeys()
  const { server, token, register, signIn } = fixture
  const authenticator = new SoftwareAuthenticator()
  const registered = await register(authenticator)
  assert.equal(registered.status, 201, JSON.stringify(registered.body))
  const [told] = await mailsTo(fixture, ada.email)
  assert.match(told?.subject ?? '', /My laptop.*added/)
  const done = await signIn(authenticator)
  assert.equal(done.status, 200, JSON.stringify(done.body))
  assert.equal((await server.me(String(done.body['accessToken']))).body['email'], ada.email)
  const path = `/account/passkeys/${authenticator.id}`
  await server.call('PATCH', path, { token, body: { name: 'Phone' } })
  const list = async () =>
    (await server.call('GET', '/account/passkeys', { token })).body['items'] as Options[]
  const [item] = await list()
  assert.equal(item?.['name'], 'Phone')
  assert.notEqual(item['lastUsedAt'], null)
  assert.equal((await server.call('DELETE', path, { token })).status, 204)
  assert.deepEqual(await list(), [])
  assert.equal((await signIn(authenticator)).body['code'], 'wrong_passkey')
})

test('an answer counts once, right or wrong', async () => {
  await using fixture = await startPasskeys()
  const { server, register } = fixture
  const authenticator = new SoftwareAuthenticator()
  await register(authenticator)
  const { challenge, options } = await beginSignIn(server)
  const body = { challenge, response: authenticator.signIn(options) }
  const signIn = () => server.call('POST', '/auth/passkeys/sign-in', { body })
  const answers = await Promise.all([signIn(), signIn(), signIn()])
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 403, 403],
  )
  const next = await beginSignIn(server)
  const foreign = { ...next, response: new SoftwareAuthenticator().signIn(next.options) }
  const { challenge: used } = next
  const wrong = { challenge: used, response: foreign.response }
  assert.equal((await server.call('POST', '/auth/passkeys/sign-in', { body: wrong })).status, 403)
  const right = { challenge: used, response: authenticator.signIn(next.options) }
  assert.equal((await server.call('POST', '/auth/passkeys/sign-in', { body: right })).status, 403)
})

test('a passkey counts only for this site, on its pages, and for who was seen', async () => {
  await using fixture = await startPasskeys()
  const { register, signIn } = fixture
  const refused = async (answer: Promise<{ body: Options }>, why: string) =>
    assert.equal((await answer).body['code'], 'wrong_passkey', why)
  const foreign = [
    [{ origin: 'https://evil.test' }, 'a page elsewhere'],
    [{ origin: 'http://cs.test' }, 'a page without TLS'],
    [{ origin: 'https://cs.test:8443' }, 'another port'],
    [{ rpId: 'evil.test' }, 'another site'],
    [{ isVerified: false }, 'nobody was seen'],
  ] as const
  for (const [as, why] of foreign) await refused(register(new SoftwareAuthenticator(), as), why)
  const authenticator = new SoftwareAuthenticator()
  await register(authenticator)
  for (const [as, why] of foreign) await refused(signIn(authenticator, as), why)
  assert.equal((await signIn(authenticator)).status, 200)
})

test('a challenge ends after five minutes, and belongs to who began', async () => {
  await using fixture = await startPasskeys()
  const { server, clock, token } = fixture
  const bob = { email: 'bob@example.org', name: 'Bob', password: 'bob likes bytes' }
  await server.call('POST', '/users', { token, body: bob })
  const { accessToken: bobs } = await server.signIn(bob)
  const authenticator = new SoftwareAuthenticator()
  const begun = await beginRegistration(server, token)
  const response = authenticator.register(begun.options)
  const body = { challenge: begun.challenge, name: 'x', response }
  const stolen = await server.call('POST', '/account/passkeys', { token: bobs, body })
  assert.equal(stolen.body['code'], 'wrong_passkey')
  const late = await beginRegistration(server, token)
  clock.advance(300)
  const answer = await server.call('POST', '/account/passkeys', {
    token,
    body: { challenge: late.challenge, name: 'x', response: authenticator.register(late.options) },
  })
  assert.equal(answer.body['code'], 'wrong_passkey')
})

test('a counter that goes back tells of a copy', async () => {
  await using fixture = await startPasskeys()
  const { register, signIn } = fixture
  const authenticator = new SoftwareAuthenticator()
  await register(authenticator, { counter: 5 })
  assert.equal((await signIn(authenticator, { counter: 7 })).status, 200)
  for (const counter of [7, 6, 0])
    assert.equal((await signIn(authenticator, { counter })).body['code'], 'wrong_passkey')
  assert.equal((await signIn(authenticator, { counter: 8 })).status, 200)
})

test('a deactivated account is not signed in to by its passkey', async () => {
  await using fixture = await startPasskeys()
  const { db, register, signIn } = fixture
  const authenticator = new SoftwareAuthenticator()
  await register(authenticator)
  await db.kysely.updateTable('users').set({ deactivated_at: new Date() }).execute()
  assert.equal((await signIn(authenticator)).body['code'], 'wrong_passkey')
})

test('as the second factor a passkey has to be of who gave the password', async () => {
  await using fixture = await startPasskeys()
  const { server, clock, token, register } = fixture
  const mine = new SoftwareAuthenticator()
  await register(mine)
  const setUp = await server.call('POST', '/account/totp', { token })
  const app = new TOTP({ secret: Secret.fromBase32(String(setUp.body['secret'])) })
  const code = app.generate({ timestamp: clock.now().getTime() })
  await server.call('PUT', '/account/totp', { token, body: { code } })
  const bob = { email: 'bob@example.org', name: 'Bob', password: 'bob likes bytes' }
  await server.call('POST', '/users', { token, body: bob })
  const { accessToken: bobs } = await server.signIn(bob)
  const his = new SoftwareAuthenticator()
  const begun = await beginRegistration(server, bobs)
  await server.call('POST', '/account/passkeys', {
    token: bobs,
    body: { challenge: begun.challenge, name: 'x', response: his.register(begun.options) },
  })
  const second = async (authenticator: SoftwareAuthenticator, as: AuthenticatorOptions = {}) => {
    const half = await server.call('POST', '/auth/sign-in', { body: ada })
    assert.deepEqual(half.body['methods'], ['totp', 'recovery_code', 'passkey'])
    const challenge = String(half.body['challenge'])
    const asked = await beginSignIn(server, { challenge })
    assert.deepEqual(asked.options['allowCredentials'], [{ id: mine.id, type: 'public-key' }])
    const response = authenticator.signIn(asked.options, as)
    const body = { challenge, passkeyChallenge: asked.challenge, response }
    return server.call('POST', '/auth/second-factor', { body })
  }
  assert.equal((await second(his)).body['code'], 'wrong_passkey')
  assert.equal((await second(mine, { isVerified: false })).status, 200)
  // What was asked for as a second factor is none alone.
  const half = await server.call('POST', '/auth/sign-in', { body: ada })
  const asked = await beginSignIn(server, { challenge: half.body['challenge'] })
  const body = { challenge: asked.challenge, response: mine.signIn(asked.options) }
  const alone = await server.call('POST', '/auth/passkeys/sign-in', { body })
  assert.equal(alone.body['code'], 'wrong_passkey')
})
