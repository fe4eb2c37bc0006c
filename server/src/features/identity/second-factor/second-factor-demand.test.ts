import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SecondFactorPolicy } from '@cloudsync/protocol'
import { Secret, TOTP } from 'otpauth'
import { SoftwareAuthenticator } from '../testing/software-authenticator.ts'
import { ada, startIdentity } from '../testing/start-identity.ts'
import { removeSecondFactors } from './remove-second-factors.ts'

const bob = { email: 'bob@example.org', name: 'Bob', password: 'bob likes bytes' }
const setUpFirst = 'second_factor_setup_required'

/** Ada, who administers, and Bob, who does not; neither has a second factor. */
async function startWithBob() {
  const fixture = await startIdentity()
  const { server, clock } = fixture
  const admin = (await server.signIn()).accessToken
  const made = await server.call('POST', '/users', { token: admin, body: bob })
  const demand = (demandedOf: SecondFactorPolicy['demandedOf'], token = admin) =>
    server.call('PUT', '/admin/second-factor-policy', { token, body: { demandedOf } })
  const addApp = async (token: string, at = server) => {
    const setUp = await at.call('POST', '/account/totp', { token })
    const app = new TOTP({ secret: Secret.fromBase32(String(setUp.body['secret'])) })
    const code = app.generate({ timestamp: clock.now().getTime() })
    return at.call('PUT', '/account/totp', { token, body: { code } })
  }
  const addPasskey = async (token: string) => {
    const authenticator = new SoftwareAuthenticator()
    const { body } = await server.call('POST', '/account/passkeys/options', { token })
    const response = authenticator.register(body['options'] as Record<string, unknown>)
    const added = await server.call('POST', '/account/passkeys', {
      token,
      body: { challenge: body['challenge'], name: 'Laptop', response },
    })
    assert.equal(added.status, 201, JSON.stringify(added.body))
    return authenticator
  }
  const addToken = async (token: string) => {
    const body = { name: 'x', scopes: ['account:read'], expiresInDays: 1 }
    const answer = await server.call('POST', '/account/tokens', { token, body })
    return { code: answer.body['code'], secret: String(answer.body['token']) }
  }
  /** What the list of somebody's sessions is answered with, which is there for who is let in alone. */
  const codeFor = async (token: string, at = server) => {
    const answer = await at.call('GET', '/account/sessions', { token })
    return answer.status === 200 ? 'let in' : answer.body['code']
  }
  const bobId = String(made.body['id'])
  return { ...fixture, admin, bobId, demand, addApp, addPasskey, addToken, codeFor }
}

test('where two factors are demanded, who has one gets at nothing but setting up the other', async () => {
  await using fixture = await startWithBob()
  const { server, admin, demand, addApp, addToken, codeFor } = fixture
  const earlier = await server.signIn(bob)
  const { secret: program } = await addToken(earlier.accessToken)
  await addApp(admin)
  assert.equal((await demand('everybody')).status, 200)

  assert.equal(await codeFor(earlier.accessToken), setUpFirst)
  const byToken = await server.me(program)
  assert.deepEqual([byToken.status, byToken.body['code']], [403, setUpFirst])
  const tokens = await server.signIn(bob)
  const token = tokens.accessToken
  assert.equal(await codeFor(token), setUpFirst)
  assert.equal((await addToken(token)).code, setUpFirst)
  const renewed = await server.refresh(tokens.refreshToken)
  assert.equal(await codeFor(String(renewed.body['accessToken'])), setUpFirst)
  assert.equal((await server.me(token)).body['mustSetUpSecondFactor'], true)
  assert.equal((await server.call('GET', '/account', { token })).status, 200)

  assert.equal((await addApp(token)).status, 200)
  assert.equal(await codeFor(token), 'let in')
  assert.equal((await server.me(token)).body['mustSetUpSecondFactor'], false)
  assert.equal((await server.me(program)).status, 200, 'his tokens are good again')
  const again = await server.call('POST', '/auth/sign-in', {
    body: { email: bob.email, password: bob.password },
  })
  assert.equal(again.body['code'], 'second_factor_required')
})

test('setting up the first second factor that is demanded ends the other sign-ins, which had one', async () => {
  await using fixture = await startWithBob()
  const { server, admin, demand, addApp, addPasskey, codeFor } = fixture
  await addApp(admin)
  await demand('everybody')
  const stranger = await server.signIn(bob)
  const { accessToken } = await server.signIn(bob)
  await addPasskey(accessToken)
  assert.equal(await codeFor(accessToken), 'let in')
  assert.equal(await codeFor(stranger.accessToken), 'not_signed_in')
  assert.equal((await server.refresh(stranger.refreshToken)).status, 401)
  // The next one ends nothing.
  const done = await addApp(accessToken)
  assert.equal(done.status, 200)
  assert.equal(await codeFor(accessToken), 'let in')
})

test('who has to set a second factor up can sign out instead', async () => {
  await using fixture = await startWithBob()
  const { server, admin, demand, addApp } = fixture
  await addApp(admin)
  await demand('everybody')
  const { accessToken: token } = await server.signIn(bob)
  assert.equal((await server.call('POST', '/auth/sign-out', { token, body: {} })).status, 204)
  assert.equal((await server.me(token)).body['code'], 'not_signed_in')
})

test('a second factor is set up by who has shown lately who they are, also where it is demanded', async () => {
  await using fixture = await startWithBob()
  const { server, clock, admin, demand, addApp, codeFor } = fixture
  await addApp(admin)
  await demand('everybody')
  const { refreshToken } = await server.signIn(bob)
  clock.advance(15 * 60)
  const token = String((await server.refresh(refreshToken)).body['accessToken'])
  assert.equal((await addApp(token)).body['code'], 'proof_required')
  const body = { password: bob.password }
  assert.equal((await server.call('POST', '/account/proof', { token, body })).status, 200)
  assert.equal((await addApp(token)).status, 200)
  assert.equal(await codeFor(token), 'let in')
})

test('who decides whether two factors are demanded has shown lately who they are', async () => {
  await using fixture = await startWithBob()
  const { server, clock, admin, demand, addApp } = fixture
  const { refreshToken } = await server.signIn()
  await addApp(admin)
  assert.equal((await demand('everybody')).status, 200)
  clock.advance(15 * 60)
  const token = String((await server.refresh(refreshToken)).body['accessToken'])
  assert.equal((await demand('nobody', token)).body['code'], 'proof_required')
})

test('two factors may be demanded of administrators alone, and of who becomes one', async () => {
  await using fixture = await startWithBob()
  const { server, admin, bobId, demand, addApp, codeFor } = fixture
  await addApp(admin)
  await demand('administrators')
  const { accessToken } = await server.signIn(bob)
  assert.equal(await codeFor(accessToken), 'let in')
  const promote = (isAdmin: boolean) =>
    server.call('PATCH', `/admin/users/${bobId}`, { token: admin, body: { isAdmin } })
  await promote(true)
  assert.equal(await codeFor(accessToken), setUpFirst)
  await promote(false)
  assert.equal(await codeFor(accessToken), 'let in')
})

test('who demands two factors has them, and gives the last one up no more', async () => {
  await using fixture = await startWithBob()
  const { server, admin, demand, addApp, addPasskey } = fixture
  assert.equal((await demand('administrators')).body['code'], setUpFirst)
  const policy = await server.call('GET', '/admin/second-factor-policy', { token: admin })
  assert.deepEqual(policy.body, { demandedOf: 'nobody' })
  await addApp(admin)
  assert.equal((await demand('administrators')).status, 200)
  const turnOff = () => server.call('DELETE', '/account/totp', { token: admin })
  assert.equal((await turnOff()).body['code'], 'last_second_factor')
  const { id } = await addPasskey(admin)
  assert.equal((await turnOff()).status, 204, 'the passkey is left')
  const remove = () => server.call('DELETE', `/account/passkeys/${id}`, { token: admin })
  assert.equal((await remove()).body['code'], 'last_second_factor')
  const me = await server.me(admin)
  const path = `/admin/users/${String(me.body['id'])}/second-factor`
  assert.equal((await server.call('DELETE', path, { token: admin })).body['code'], 'forbidden')
  assert.equal((await demand('nobody')).status, 200)
  assert.equal((await remove()).status, 204)
})

test('of two passkeys that are taken away at once the last one stays', async () => {
  await using fixture = await startWithBob()
  const { server, admin, demand, addPasskey } = fixture
  const ids = [(await addPasskey(admin)).id, (await addPasskey(admin)).id]
  await demand('everybody')
  const answers = await Promise.all(
    ids.map((id) => server.call('DELETE', `/account/passkeys/${id}`, { token: admin })),
  )
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [204, 409],
  )
})

test('a passkey alone is two factors; beside the password it is the second where two are demanded', async () => {
  await using fixture = await startWithBob()
  const { server, admin, demand, addApp, addPasskey, codeFor } = fixture
  const { accessToken: earlier } = await server.signIn(bob)
  const passkey = await addPasskey(earlier)
  assert.equal(await codeFor((await server.signIn(bob)).accessToken), 'let in', 'nobody demands it')
  await addApp(admin)
  await demand('everybody')
  assert.equal(await codeFor(earlier), 'not_signed_in', 'it may have begun with the password')

  const { email, password } = bob
  const halfway = await server.call('POST', '/auth/sign-in', { body: { email, password } })
  assert.equal(halfway.body['code'], 'second_factor_required')
  assert.deepEqual(halfway.body['methods'], ['passkey'])
  const challenge = String(halfway.body['challenge'])
  const options = async (body: Record<string, unknown>) =>
    (await server.call('POST', '/auth/passkeys/options', { body })).body as {
      challenge: string
      options: Record<string, unknown>
    }
  const second = await options({ challenge })
  const finished = await server.call('POST', '/auth/second-factor', {
    body: {
      challenge,
      passkeyChallenge: second.challenge,
      response: passkey.signIn(second.options),
    },
  })
  assert.equal(await codeFor(String(finished.body['accessToken'])), 'let in')

  const alone = await options({})
  const body = { challenge: alone.challenge, response: passkey.signIn(alone.options) }
  const signedIn = await server.call('POST', '/auth/passkeys/sign-in', { body })
  assert.equal(await codeFor(String(signedIn.body['accessToken'])), 'let in')
})

test('an administrator takes lost factors away, passkeys too, and new ones are set up', async () => {
  await using fixture = await startWithBob()
  const { server, admin, bobId, demand, addApp, addPasskey, codeFor } = fixture
  const { accessToken } = await server.signIn(bob)
  await addPasskey(accessToken)
  await addApp(accessToken)
  await addApp(admin)
  await demand('everybody')
  assert.equal(await codeFor(accessToken), 'let in')
  const look = () => server.call('GET', `/admin/users/${bobId}`, { token: admin })
  const had = await look()
  assert.deepEqual([had.body['hasTotp'], had.body['hasPasskeys']], [true, true])
  const path = `/admin/users/${bobId}/second-factor`
  assert.equal((await server.call('DELETE', path, { token: admin })).status, 204)
  const has = await look()
  assert.deepEqual([has.body['hasTotp'], has.body['hasPasskeys']], [false, false])
  assert.equal(await codeFor(accessToken), setUpFirst)
  const { accessToken: next } = await server.signIn(bob)
  assert.equal(await codeFor(next), setUpFirst)
})

test('an operator lets the last administrator in who has lost everything but the password', async () => {
  await using fixture = await startWithBob()
  const { server, db, admin, demand, addApp, addPasskey, codeFor } = fixture
  await addApp(admin)
  await addPasskey(admin)
  await demand('administrators')
  assert.equal(await removeSecondFactors(db, 'nobody@example.org'), false)
  assert.equal(await removeSecondFactors(db, ada.email), true)
  const { accessToken } = await server.signIn()
  assert.equal(await codeFor(accessToken), setUpFirst)
  await addApp(accessToken)
  assert.equal(await codeFor(accessToken), 'let in')
})

test('service accounts, which have no password, are not meant', async () => {
  await using fixture = await startWithBob()
  const { server, admin, demand, addApp } = fixture
  const { body: service } = await server.call('POST', '/admin/service-accounts', {
    token: admin,
    body: { name: 'Nightly' },
  })
  const { body } = await server.call(
    'POST',
    `/admin/service-accounts/${String(service['id'])}/tokens`,
    {
      token: admin,
      body: { name: 'x', scopes: ['account:read'], expiresInDays: null },
    },
  )
  await addApp(admin)
  await demand('everybody')
  const { status, body: me } = await server.me(String(body['token']))
  assert.deepEqual([status, me['mustSetUpSecondFactor']], [200, false])
})

test('another server knows of the demand within a second, and at once of who has met it', async () => {
  await using fixture = await startWithBob()
  const { server, clock, admin, demand, addApp, codeFor } = fixture
  const other = await fixture.startAnother()
  const { accessToken } = await server.signIn(bob)
  assert.equal(await codeFor(accessToken, other), 'let in')
  await addApp(admin)
  await demand('everybody')
  clock.advance(1)
  assert.equal(await codeFor(accessToken, other), setUpFirst)
  await addApp(accessToken)
  assert.equal(await codeFor(accessToken, other), 'let in')
})

test('administrators decide, auditors see it, others neither, and it is an event', async () => {
  await using fixture = await startWithBob()
  const { server, db, admin, bobId, demand, addApp } = fixture
  const { accessToken: bobs } = await server.signIn(bob)
  const read = () => server.call('GET', '/admin/second-factor-policy', { token: bobs })
  assert.equal((await read()).status, 403)
  const body = { isAuditor: true }
  await server.call('PATCH', `/admin/users/${bobId}`, { token: admin, body })
  fixture.clock.advance(1)
  assert.equal((await read()).status, 200)
  assert.equal((await demand('nobody', bobs)).body['code'], 'forbidden')
  await addApp(admin)
  await demand('administrators')
  const events = await db.kysely
    .selectFrom('events')
    .select('payload')
    .where('type', '=', 'second_factor_policy.changed')
    .execute()
  assert.deepEqual(
    events.map(({ payload }) => payload),
    [{ demandedOf: 'administrators', old: { demandedOf: 'nobody' } }],
  )
})
