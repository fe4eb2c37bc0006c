import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { ada, startIdentity } from '../testing/start-identity.ts'
import { mailsTo } from '../testing/read-mail.ts'

const bob = { email: 'bob@example.org', name: 'Bob', password: 'bob likes bytes' }

/** Ada with two factors; `code` is what her app shows, so many steps from now. */
async function startWithTotp() {
  const fixture = await startIdentity()
  const { server, clock } = fixture
  const { accessToken } = await server.signIn()
  const setUp = await server.call('POST', '/account/totp', { token: accessToken })
  const app = new TOTP({ secret: Secret.fromBase32(String(setUp.body['secret'])) })
  const code = (steps = 0) => app.generate({ timestamp: clock.now().getTime() + steps * 30_000 })
  const confirmed = await server.call('PUT', '/account/totp', {
    token: accessToken,
    body: { code: code() },
  })
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body))
  const recoveryCodes = confirmed.body['recoveryCodes'] as string[]
  // The code of this step has been used.
  clock.advance(60)
  const begin = async (from = '192.0.2.1') => {
    const { email, password } = ada
    const answer = await server.call('POST', '/auth/sign-in', { body: { email, password }, from })
    assert.equal(answer.body['code'], 'second_factor_required', JSON.stringify(answer.body))
    return String(answer.body['challenge'])
  }
  const finish = (challenge: string, typed: string) =>
    server.call('POST', '/auth/second-factor', { body: { challenge, code: typed } })
  const wrong = () => (code() === '000000' || code(1) === '000000' ? '000001' : '000000')
  return { ...fixture, accessToken, setUp, code, wrong, recoveryCodes, begin, finish }
}

test('after the password an account with two factors needs a code, others do not', async () => {
  await using fixture = await startWithTotp()
  const { server, begin, finish, code, accessToken } = fixture
  const answer = await server.call('POST', '/auth/sign-in', { body: ada })
  assert.equal(answer.status, 401)
  assert.deepEqual(answer.body['methods'], ['totp', 'recovery_code'])
  assert.equal(answer.body['accessToken'], undefined)
  const done = await finish(await begin(), code())
  assert.equal(done.status, 200)
  assert.equal((await server.me(String(done.body['accessToken']))).body['email'], ada.email)
  await server.call('POST', '/users', { token: accessToken, body: bob })
  await server.signIn(bob)
})

test('who does not know the password does not learn that there is a second factor', async () => {
  await using fixture = await startWithTotp()
  const body = { email: ada.email, password: 'wrong password' }
  const answer = await fixture.server.call('POST', '/auth/sign-in', { body })
  assert.equal(answer.body['code'], 'wrong_credentials')
  assert.equal(answer.body['challenge'], undefined)
})

test('a code is good once, and for the steps before and after its own', async () => {
  await using fixture = await startWithTotp()
  const { clock, begin, finish, code } = fixture
  const used = code()
  assert.equal((await finish(await begin(), used)).status, 200)
  assert.equal((await finish(await begin(), used)).body['code'], 'wrong_code')
  assert.equal((await finish(await begin(), code(-1))).body['code'], 'wrong_code', 'an earlier one')
  assert.equal((await finish(await begin(), code(1))).status, 200, 'an app whose clock is fast')
  clock.advance(300)
  assert.equal((await finish(await begin(), code(-1))).status, 200, 'one whose clock is slow')
  clock.advance(300)
  assert.equal((await finish(await begin(), code(-2))).body['code'], 'wrong_code')
  assert.equal((await finish(await begin(), code(2))).body['code'], 'wrong_code')
})

test('of several sign-ins at once with one code one is let in', async () => {
  await using fixture = await startWithTotp()
  const { begin, finish, code } = fixture
  const challenges: string[] = []
  for (let count = 0; count < 5; count++) challenges.push(await begin())
  const now = code()
  const answers = await Promise.all(challenges.map((challenge) => finish(challenge, now)))
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 403, 403, 403, 403],
  )
})

test('a challenge bears five attempts, ends after five minutes, and is good for one sign-in', async () => {
  await using fixture = await startWithTotp()
  const { clock, begin, finish, code, wrong } = fixture
  const tried = await begin()
  for (let count = 0; count < 5; count++)
    assert.equal((await finish(tried, wrong())).body['code'], 'wrong_code')
  assert.equal((await finish(tried, code())).body['code'], 'token_expired')
  const late = await begin()
  clock.advance(300)
  assert.equal((await finish(late, code())).body['code'], 'token_expired')
  const used = await begin()
  assert.equal((await finish(used, code())).status, 200)
  clock.advance(60)
  assert.equal((await finish(used, code())).body['code'], 'token_expired')
  assert.equal((await finish('made up', code())).body['code'], 'token_expired')
})

test('guesses sent at once count like guesses sent in turn', async () => {
  await using fixture = await startWithTotp()
  const { begin, finish, wrong } = fixture
  const challenge = await begin()
  const answers = await Promise.all(Array.from({ length: 20 }, () => finish(challenge, wrong())))
  const codes = answers.map(({ body }) => body['code'])
  assert.equal(codes.filter((each) => each === 'wrong_code').length, 5)
})

test('after twenty wrong codes an account has to wait, however many challenges there are', async () => {
  await using fixture = await startWithTotp()
  const { begin, finish, code, wrong } = fixture
  for (let count = 0; count < 4; count++) {
    const challenge = await begin()
    for (let attempt = 0; attempt < 5; attempt++) await finish(challenge, wrong())
  }
  const answer = await finish(await begin(), code())
  assert.equal(answer.body['code'], 'rate_limited')
  assert.ok(Number(answer.headers.get('retry-after')) > 0)
})

test('of a hundred wrong codes at once twenty are looked at, from wherever they come', async () => {
  await using fixture = await startWithTotp()
  const { server, begin, code, wrong } = fixture
  const challenges: string[] = []
  for (let count = 0; count < 25; count++) challenges.push(await begin())
  const from = (place: number) => `198.51.100.${place}`
  const answers = await Promise.all(
    challenges.flatMap((challenge, place) =>
      Array.from({ length: 4 }, () =>
        server.call('POST', '/auth/second-factor', {
          body: { challenge, code: wrong() },
          from: from(place),
        }),
      ),
    ),
  )
  const codes = answers.map(({ body }) => body['code'])
  assert.equal(codes.filter((each) => each === 'wrong_code').length, 20)
  assert.equal(codes.filter((each) => each === 'rate_limited').length, 80)
  const body = { challenge: challenges[0], code: code() }
  const right = await server.call('POST', '/auth/second-factor', { body, from: from(0) })
  assert.equal(right.body['code'], 'rate_limited')
})

test('right codes are not counted, however many there are', async () => {
  await using fixture = await startWithTotp()
  const { clock, begin, finish, code, wrong } = fixture
  for (let count = 0; count < 19; count++) {
    const tried = await begin()
    assert.equal((await finish(tried, wrong())).body['code'], 'wrong_code')
    assert.equal((await finish(tried, code())).status, 200)
    clock.advance(30)
  }
})

test('a recovery code works once, however it is typed', async () => {
  await using fixture = await startWithTotp()
  const { server, db, begin, finish, recoveryCodes } = fixture
  assert.equal(new Set(recoveryCodes).size, 10)
  const [first = '', second = ''] = recoveryCodes
  assert.match(first, /^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
  const done = await finish(await begin(), first)
  assert.equal(done.status, 200)
  assert.equal((await finish(await begin(), first)).body['code'], 'wrong_code')
  const typed = ` ${second.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')} `
  assert.equal((await finish(await begin(), typed)).status, 200)
  const account = await server.call('GET', '/account', { token: String(done.body['accessToken']) })
  assert.equal(account.body['recoveryCodeCount'], 8)
  const rows = await db.kysely.selectFrom('recovery_codes').selectAll().execute()
  assert.ok(rows.every(({ code_hash: hash }) => hash.length === 32))
})

test('of several sign-ins at once with one recovery code one is let in', async () => {
  await using fixture = await startWithTotp()
  const { begin, finish, recoveryCodes } = fixture
  const challenges: string[] = []
  for (let count = 0; count < 4; count++) challenges.push(await begin())
  const answers = await Promise.all(
    challenges.map((challenge) => finish(challenge, recoveryCodes[0] ?? '')),
  )
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 403, 403, 403],
  )
})

test('new recovery codes void the old ones', async () => {
  await using fixture = await startWithTotp()
  const { server, begin, finish, recoveryCodes, accessToken: token } = fixture
  const renewed = await server.call('POST', '/account/recovery-codes', { token })
  const [code = ''] = renewed.body['recoveryCodes'] as string[]
  assert.equal((await finish(await begin(), recoveryCodes[0] ?? '')).body['code'], 'wrong_code')
  assert.equal((await finish(await begin(), code)).status, 200)
})

test('a secret counts only when a code of it was seen, and lies sealed in the database', async () => {
  await using fixture = await startIdentity()
  const { server, db } = fixture
  const { accessToken: token } = await server.signIn()
  const { body } = await server.call('POST', '/account/totp', { token })
  assert.match(String(body['uri']), /^otpauth:\/\/totp\/CloudSync:ada%40example\.org\?/)
  await server.signIn()
  const [row] = await db.kysely.selectFrom('totp_secrets').selectAll().execute()
  const secret = Secret.fromBase32(String(body['secret']))
  assert.ok(row && !row.sealed.includes(Buffer.from(secret.buffer)))
  const wrong = await server.call('PUT', '/account/totp', { token, body: { code: '12345' } })
  assert.equal(wrong.body['code'], 'wrong_code')
  await server.signIn()
})

test('a secret that counts is not replaced, and turning it on and off is told by mail', async () => {
  await using fixture = await startWithTotp()
  const { server, accessToken: token } = fixture
  assert.equal((await server.call('POST', '/account/totp', { token })).body['code'], 'id_taken')
  assert.equal((await server.call('DELETE', '/account/totp', { token })).status, 204)
  await server.signIn()
  assert.deepEqual(
    (await mailsTo(fixture, ada.email)).map(({ subject }) => subject),
    ['Two-factor sign-in was turned off', 'Two-factor sign-in was turned on'],
  )
})

test('what keeps an account safe is changed only by who has shown lately who they are', async () => {
  await using fixture = await startWithTotp()
  const { server, clock, begin, finish, code } = fixture
  const done = await finish(await begin(), code())
  clock.advance(15 * 60)
  const renewed = await server.refresh(String(done.body['refreshToken']))
  const token = String(renewed.body['accessToken'])
  for (const [method, path, body] of [
    ['POST', '/account/totp', undefined],
    ['PUT', '/account/totp', { code: '123456' }],
    ['DELETE', '/account/totp', undefined],
    ['POST', '/account/recovery-codes', undefined],
    ['POST', '/account/passkeys/options', undefined],
    ['DELETE', '/account/passkeys/some', undefined],
    ['POST', '/account/email', { email: 'x@example.org' }],
    ['POST', '/account/tokens', { name: 'x', scopes: ['account:read'], expiresInDays: 1 }],
  ] as const) {
    const answer = await server.call(method, path, { token, ...(body ? { body } : {}) })
    assert.equal(answer.body['code'], 'proof_required', `${method} ${path}`)
  }
})

test('a half sign-in ends with the password that began it, and with the account', async () => {
  await using fixture = await startWithTotp()
  const { server, begin, finish, code, accessToken: token } = fixture
  const challenge = await begin()
  const body = { password: 'difference engine' }
  assert.equal((await server.call('PUT', '/account/password', { token, body })).status, 204)
  assert.equal((await finish(challenge, code())).body['code'], 'token_expired')
})

test('an administrator turns the second factor of who has lost it off', async () => {
  await using fixture = await startWithTotp()
  const { server, accessToken: token, clock } = fixture
  await server.call('POST', '/users', { token, body: bob })
  const { accessToken: bobs } = await server.signIn(bob)
  const setUp = await server.call('POST', '/account/totp', { token: bobs })
  const app = new TOTP({ secret: Secret.fromBase32(String(setUp.body['secret'])) })
  const code = app.generate({ timestamp: clock.now().getTime() })
  await server.call('PUT', '/account/totp', { token: bobs, body: { code } })
  const { body: me } = await server.me(bobs)
  const path = `/admin/users/${String(me['id'])}/second-factor`
  assert.equal((await server.call('DELETE', path, { token })).status, 204)
  await server.signIn(bob)
})
