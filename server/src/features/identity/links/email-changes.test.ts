import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, startIdentity } from '../testing/start-identity.ts'
import { mailedToken, mailsTo } from '../testing/read-mail.ts'

const countess = 'countess@example.org'

async function startChange() {
  const fixture = await startIdentity()
  const { server } = fixture
  const { accessToken: token } = await server.signIn()
  const change = (email: string) =>
    server.call('POST', '/account/email', { token, body: { email } })
  const verify = (link: string) =>
    server.call('POST', '/auth/verify-email', { body: { token: link } })
  const me = async () => (await server.me(token)).body['email']
  return { ...fixture, token, change, verify, me }
}

test('a new address counts when its link was opened, and the old one is told', async () => {
  await using fixture = await startChange()
  const { server, change, verify, me } = fixture
  assert.equal((await change(countess)).status, 202)
  const token = await mailedToken(fixture, countess)
  assert.equal(await me(), ada.email)
  assert.equal((await verify(token)).status, 204)
  assert.equal(await me(), countess)
  await server.signIn({ email: countess, password: ada.password })
  const [told] = await mailsTo(fixture, ada.email)
  assert.match(told?.text ?? '', /countess@example\.org/)
  assert.equal((await verify(token)).body['code'], 'link_used')
})

test('the address that an account has is verified in the same way', async () => {
  await using fixture = await startChange()
  const { server, change, verify, token } = fixture
  const account = async () => (await server.call('GET', '/account', { token })).body
  assert.equal((await account())['isEmailVerified'], false)
  await change(ada.email)
  assert.equal((await verify(await mailedToken(fixture, ada.email))).status, 204)
  assert.equal((await account())['isEmailVerified'], true)
  assert.equal((await mailsTo(fixture, ada.email)).length, 1, 'nothing has changed')
})

test('an address of somebody else is neither taken nor told of', async () => {
  await using fixture = await startChange()
  const { server, change, verify, token, me } = fixture
  const bob = { email: 'bob@example.org', name: 'Bob', password: 'bob likes bytes' }
  await change(bob.email)
  const link = await mailedToken(fixture, bob.email)
  await server.call('POST', '/users', { token, body: bob })
  assert.equal((await verify(link)).body['code'], 'link_used')
  assert.equal(await me(), ada.email)
  assert.equal((await change(bob.email)).status, 202)
  assert.equal((await mailsTo(fixture, bob.email)).length, 1)
})

test('only the latest of several new addresses counts', async () => {
  await using fixture = await startChange()
  const { change, verify } = fixture
  await change(countess)
  const first = await mailedToken(fixture, countess)
  await change('king@example.org')
  const second = await mailedToken(fixture, 'king@example.org')
  assert.equal((await verify(first)).body['code'], 'link_used')
  assert.equal((await verify(second)).status, 204)
})

test('a reset link that went to the old address ends with it', async () => {
  await using fixture = await startChange()
  const { server, change, verify } = fixture
  await server.call('POST', '/auth/password/forgot', { body: { email: ada.email } })
  const reset = await mailedToken(fixture, ada.email)
  await change(countess)
  await verify(await mailedToken(fixture, countess))
  const body = { token: reset, password: 'difference engine' }
  const answer = await server.call('POST', '/auth/password/reset', { body })
  assert.equal(answer.body['code'], 'link_used')
})
