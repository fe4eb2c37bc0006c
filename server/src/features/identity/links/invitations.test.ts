import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, startIdentity, testPublicUrl } from '../testing/start-identity.ts'
import { mailedToken, mailsTo } from '../testing/read-mail.ts'

const bob = 'bob@example.org'
const person = { name: 'Bob', password: 'bob likes bytes' }
const daySeconds = 24 * 3600

async function startInviting() {
  const fixture = await startIdentity()
  const admin = (await fixture.server.signIn()).accessToken
  const invite = (email = bob) =>
    fixture.server.call('POST', '/admin/invitations', { token: admin, body: { email } })
  const accept = (token: string, changes: Record<string, unknown> = {}) =>
    fixture.server.call('POST', '/auth/invitations/accept', {
      body: { token, ...person, ...changes },
    })
  const look = (token: string) =>
    fixture.server.call('POST', '/auth/invitations/look', { body: { token } })
  return { ...fixture, admin, invite, accept, look }
}

test('who is invited makes an account with the link in the mail, and is signed in', async () => {
  await using fixture = await startInviting()
  const { server, invite, accept, look } = fixture
  const invitation = await invite('Bob@Example.org')
  assert.equal(invitation.status, 201)
  const token = await mailedToken(fixture, bob)
  assert.equal(invitation.body['link'], `${testPublicUrl}/join#${token}`)
  assert.deepEqual((await look(token)).body, { email: bob, invitedBy: 'Ada' })
  const accepted = await accept(token)
  assert.equal(accepted.status, 201, JSON.stringify(accepted.body))
  const accessToken = String(accepted.body['accessToken'])
  assert.equal((await server.me(accessToken)).body['name'], 'Bob')
  const account = await server.call('GET', '/account', { token: accessToken })
  assert.equal(account.body['isEmailVerified'], true)
  await server.signIn({ email: bob, password: person.password })
})

test('a link leads to the address of the settings, whatever a request says of its host', async () => {
  await using fixture = await startInviting()
  const { server, admin } = fixture
  await fetch(`${server.url}/api/v1/admin/invitations`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${admin}`,
      'content-type': 'application/json',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    },
    body: JSON.stringify({ email: bob }),
  })
  const [mail] = await mailsTo(fixture, bob)
  assert.doesNotMatch(`${mail?.text}${mail?.html}`, /evil|127\.0\.0\.1/)
  assert.match(mail?.text ?? '', /https:\/\/cs\.test\/join#/)
})

test('an invitation is used once, however many use it at once', async () => {
  await using fixture = await startInviting()
  await fixture.invite()
  const token = await mailedToken(fixture, bob)
  const answers = await Promise.all(Array.from({ length: 8 }, () => fixture.accept(token)))
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
  assert.deepEqual(statuses, [201, ...Array<number>(7).fill(410)])
  assert.equal((await fixture.accept(token)).body['code'], 'link_used')
  assert.equal((await fixture.look(token)).body['code'], 'link_used')
})

test('an invitation ends after seven days, when it is revoked, and when there is a newer one', async () => {
  await using fixture = await startInviting()
  const { server, clock, admin, invite, accept } = fixture
  await invite()
  const first = await mailedToken(fixture, bob)
  const second = await invite()
  assert.equal((await accept(first)).body['code'], 'link_used', 'there is a newer one')
  const token = await mailedToken(fixture, bob)
  const path = `/admin/invitations/${String(second.body['id'])}`
  for (let count = 0; count < 2; count++)
    assert.equal((await server.call('DELETE', path, { token: admin })).status, 204)
  assert.equal((await accept(token)).body['code'], 'link_used', 'it is revoked')
  await invite('carla@example.org')
  const late = await mailedToken(fixture, 'carla@example.org')
  clock.advance(7 * daySeconds - 1)
  assert.equal((await fixture.look(late)).status, 200)
  clock.advance(1)
  assert.equal((await accept(late)).body['code'], 'link_used', 'it is too old')
  const { accessToken } = await server.signIn()
  const { body } = await server.call('GET', '/admin/invitations', { token: accessToken })
  const items = body['items'] as { email: string; state: string }[]
  assert.deepEqual(
    items.map(({ email, state }) => [email, state]),
    [
      ['carla@example.org', 'expired'],
      [bob, 'revoked'],
      [bob, 'revoked'],
    ],
  )
})

test('neither a made-up link nor one of another kind makes an account', async () => {
  await using fixture = await startInviting()
  const { server, accept } = fixture
  for (const guess of ['guess', 'x'.repeat(43)])
    assert.equal((await accept(guess)).body['code'], 'link_used')
  assert.equal((await accept('nul\u0000')).body['code'], 'bad_request')
  await server.call('POST', '/auth/password/forgot', { body: { email: ada.email } })
  const reset = await mailedToken(fixture, ada.email)
  assert.equal((await accept(reset)).body['code'], 'link_used')
})

test('a password that too many people use is refused, and the link stays good', async () => {
  await using fixture = await startInviting()
  await fixture.invite()
  const token = await mailedToken(fixture, bob)
  for (const password of ['Password123', 'qwertyuiop', '1q2w3e4r5t'])
    assert.equal((await fixture.accept(token, { password })).body['code'], 'password_too_common')
  assert.equal((await fixture.accept(token, { password: 'too short' })).body['code'], 'bad_request')
  assert.equal((await fixture.accept(token)).status, 201)
})

test('only administrators invite, and only addresses without an account', async () => {
  await using fixture = await startInviting()
  const { server, invite } = fixture
  assert.equal((await invite(ada.email)).body['code'], 'id_taken')
  await invite()
  const accepted = await fixture.accept(await mailedToken(fixture, bob))
  const token = String(accepted.body['accessToken'])
  for (const [method, path] of [
    ['POST', '/admin/invitations'],
    ['GET', '/admin/invitations'],
    ['DELETE', '/admin/invitations/00000000-0000-7000-8000-000000000000'],
    ['PUT', '/admin/sign-up-policy'],
  ] as const) {
    const body = method === 'GET' ? {} : { body: { email: 'x@example.org' } }
    const answer = await server.call(method, path, { token, ...body })
    assert.equal(answer.body['code'], 'forbidden', `${method} ${path}`)
  }
})
