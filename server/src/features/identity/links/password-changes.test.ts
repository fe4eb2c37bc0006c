import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, startIdentity } from '../testing/start-identity.ts'
import { mailedToken, mailsTo } from '../testing/read-mail.ts'

const password = 'difference engine'

async function startReset() {
  const fixture = await startIdentity()
  const { server } = fixture
  const forget = (email = ada.email, from = '192.0.2.1') =>
    server.call('POST', '/auth/password/forgot', { body: { email }, from })
  const reset = (token: string, chosen = password) =>
    server.call('POST', '/auth/password/reset', { body: { token, password: chosen } })
  const signIn = (chosen: string) =>
    server.call('POST', '/auth/sign-in', { body: { email: ada.email, password: chosen } })
  return { ...fixture, forget, reset, signIn }
}

test('a forgotten password is chosen anew by mail, which ends all sessions and is told', async () => {
  await using fixture = await startReset()
  const { server, identity, forget, reset, signIn } = fixture
  const before = await server.signIn()
  const ended: unknown[] = []
  identity.onSessionEnded((end) => ended.push(end))
  assert.equal((await forget()).status, 202)
  const token = await mailedToken(fixture, ada.email)
  assert.equal((await reset(token)).status, 204)
  assert.equal((await server.me(before.accessToken)).status, 401)
  assert.equal((await server.refresh(before.refreshToken)).status, 401)
  assert.equal(ended.length, 1)
  assert.equal((await signIn(ada.password)).body['code'], 'wrong_credentials')
  assert.equal((await signIn(password)).status, 200)
  const [told] = await mailsTo(fixture, ada.email)
  assert.equal(told?.subject, 'Your password was changed')
})

test('a known and an unknown address get the same answer by the same work', async () => {
  await using fixture = await startReset()
  const answers = [await fixture.forget(), await fixture.forget('nobody@example.org')]
  for (const { status, body } of answers) assert.deepEqual([status, body], [202, {}])
  // Before anything is looked up: the same two rows.
  const rows = await fixture.db.kysely.selectFrom('mail_outbox').select('attempts').execute()
  assert.deepEqual(rows, [{ attempts: 0 }, { attempts: 0 }])
  const links = await fixture.db.kysely.selectFrom('account_links').select('id').execute()
  assert.deepEqual(links, [])
  assert.deepEqual(await mailsTo(fixture, 'nobody@example.org'), [])
  assert.equal((await mailsTo(fixture, ada.email)).length, 1)
})

test('a reset link works once, however many use it at once, and all earlier ones end with it', async () => {
  await using fixture = await startReset()
  const { forget, reset } = fixture
  await forget()
  const earlier = await mailedToken(fixture, ada.email)
  await forget()
  const token = await mailedToken(fixture, ada.email)
  assert.notEqual(token, earlier)
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => reset(token, `difference engine ${index}`)),
  )
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [204, ...Array<number>(7).fill(410)],
  )
  assert.equal((await reset(earlier)).body['code'], 'link_used')
})

test('a reset link ends after an hour', async () => {
  await using fixture = await startReset()
  await fixture.forget()
  const token = await mailedToken(fixture, ada.email)
  fixture.clock.advance(3600)
  assert.equal((await fixture.reset(token)).body['code'], 'link_used')
})

test('only the hash of a link is stored', async () => {
  await using fixture = await startReset()
  await fixture.forget()
  const token = await mailedToken(fixture, ada.email)
  const [row] = await fixture.db.kysely.selectFrom('account_links').selectAll().execute()
  assert.doesNotMatch(JSON.stringify(row), new RegExp(token))
  assert.equal(row?.token_hash.includes(Buffer.from(token)), false)
})

test('three reset mails an hour are enough for anybody', async () => {
  await using fixture = await startReset()
  for (let count = 0; count < 6; count++) await fixture.forget(ada.email, `192.0.2.${count}`)
  assert.equal((await mailsTo(fixture, ada.email)).length, 3)
})

test('a password is changed by who has signed in lately; the other sessions end, this one goes on', async () => {
  await using fixture = await startReset()
  const { server, clock, signIn } = fixture
  const other = await server.signIn()
  const mine = await server.signIn()
  const change = (chosen: string) =>
    server.call('PUT', '/account/password', {
      token: mine.accessToken,
      body: { password: chosen },
    })
  assert.equal((await change('qwertyuiop')).body['code'], 'password_too_common')
  assert.equal((await change(password)).status, 204)
  assert.equal((await server.me(mine.accessToken)).status, 200)
  assert.equal((await server.me(other.accessToken)).status, 401)
  assert.equal((await signIn(ada.password)).status, 401)
  assert.equal((await mailsTo(fixture, ada.email))[0]?.subject, 'Your password was changed')
  clock.advance(300)
  assert.equal((await change('yet another engine')).status, 204)
})

test('a quarter of an hour later it takes the old password, which is counted when it is wrong', async () => {
  await using fixture = await startReset()
  const { server, clock } = fixture
  let { accessToken: token, refreshToken } = await server.signIn()
  clock.advance(15 * 60)
  const renewed = await server.refresh(refreshToken)
  token = String(renewed.body['accessToken'])
  const change = () => server.call('PUT', '/account/password', { token, body: { password } })
  const prove = (typed: string) =>
    server.call('POST', '/account/proof', { token, body: { password: typed } })
  assert.equal((await change()).body['code'], 'proof_required')
  for (let count = 0; count < 10; count++)
    assert.equal((await prove('wrong password')).body['code'], 'wrong_password')
  assert.equal((await prove(ada.password)).body['code'], 'rate_limited')
  // Of another session it proves nothing.
  const other = await server.call('POST', '/auth/sign-in', { body: ada, from: '198.51.100.9' })
  assert.equal(other.status, 200)
  assert.equal((await change()).body['code'], 'proof_required')
  const proof = await server.call('POST', '/account/proof', {
    token,
    body: { password: ada.password },
    from: '198.51.100.9',
  })
  assert.equal(proof.status, 200, JSON.stringify(proof.body))
  assert.equal((await change()).status, 204)
})

test('a reset ends tokens of programs unless somebody says not to, another change only when they say so', async () => {
  await using fixture = await startReset()
  const { server, forget } = fixture
  const makeToken = async (token: string) => {
    const body = { name: 'backup', scopes: ['account:read'], expiresInDays: 1 }
    const made = await server.call('POST', '/account/tokens', { token, body })
    return String(made.body['token'])
  }
  const statusOf = async (token: string) => (await server.me(token)).status
  const reset = async (more: object) => {
    await forget()
    const body = { token: await mailedToken(fixture, ada.email), password: ada.password, ...more }
    assert.equal((await server.call('POST', '/auth/password/reset', { body })).status, 204)
  }
  const program = await makeToken((await server.signIn()).accessToken)
  await reset({ endsTokens: false })
  assert.equal(await statusOf(program), 200)
  await reset({})
  assert.equal(await statusOf(program), 401)
  const { accessToken: mine } = await server.signIn()
  const other = await makeToken(mine)
  const change = (more: object) =>
    server.call('PUT', '/account/password', { token: mine, body: { password, ...more } })
  assert.equal((await change({})).status, 204)
  assert.equal(await statusOf(other), 200)
  assert.equal((await change({ endsTokens: true })).status, 204)
  assert.equal(await statusOf(other), 401)
  assert.equal(await statusOf(mine), 200)
})
