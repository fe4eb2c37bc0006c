import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, startIdentity } from '../testing/start-identity.ts'
import { mailedToken, mailsTo } from '../testing/read-mail.ts'

const bob = { email: 'bob@example.org', name: 'Bob', password: 'bob likes bytes' }

async function startAdmin() {
  const fixture = await startIdentity()
  const { server } = fixture
  const admin = (await server.signIn()).accessToken
  const created = await server.call('POST', '/users', { token: admin, body: bob })
  const bobId = String(created.body['id'])
  const patch = (id: string, body: Record<string, unknown>) =>
    server.call('PATCH', `/admin/users/${id}`, { token: admin, body })
  return { ...fixture, admin, bobId, patch }
}

test('a deactivated account is out at once: sessions, refresh tokens and tokens of programs', async () => {
  await using fixture = await startAdmin()
  const { server, identity, bobId, patch } = fixture
  const session = await server.signIn(bob)
  const body = { name: 'x', scopes: ['account:read'], expiresInDays: 1 }
  const { body: made } = await server.call('POST', '/account/tokens', {
    token: session.accessToken,
    body,
  })
  const program = String(made['token'])
  assert.equal((await server.me(program)).status, 200)
  await server.call('POST', '/auth/password/forgot', { body: { email: bob.email } })
  const reset = await mailedToken(fixture, bob.email)
  const ended: string[] = []
  identity.onSessionEnded(({ userId }) => ended.push(userId))
  const answer = await patch(bobId, { isDeactivated: true })
  assert.equal(answer.body['isDeactivated'], true)
  assert.deepEqual(ended, [bobId, bobId])
  assert.equal((await server.me(session.accessToken)).body['code'], 'not_signed_in')
  assert.equal((await server.refresh(session.refreshToken)).body['code'], 'not_signed_in')
  assert.equal((await server.me(program)).body['code'], 'not_signed_in')
  // To whoever tries to come in it does not exist.
  const { email, password } = bob
  const signIn = () => server.call('POST', '/auth/sign-in', { body: { email, password } })
  assert.equal((await signIn()).body['code'], 'wrong_credentials')
  const again = { token: reset, password: 'bob likes bits' }
  const used = await server.call('POST', '/auth/password/reset', { body: again })
  assert.equal(used.body['code'], 'link_used')
  await server.call('POST', '/auth/password/forgot', { body: { email: bob.email } })
  assert.equal((await mailsTo(fixture, bob.email)).length, 1)
  // Back again: the person signs in anew, and what was ended stays so.
  assert.equal((await patch(bobId, { isDeactivated: false })).body['isDeactivated'], false)
  assert.equal((await server.me(program)).status, 401)
  assert.equal((await server.me(session.accessToken)).status, 401)
  assert.equal((await signIn()).status, 200)
})

test('no administrator deactivates or demotes themselves', async () => {
  await using fixture = await startAdmin()
  const { server, admin, patch, bobId } = fixture
  const adaId = String((await server.me(admin)).body['id'])
  assert.equal((await patch(adaId, { isDeactivated: true })).body['code'], 'forbidden')
  assert.equal((await patch(adaId, { isAdmin: false })).body['code'], 'forbidden')
  assert.equal((await patch(bobId, {})).status, 400)
  assert.equal((await patch(bobId, { isAdmin: true })).body['isAdmin'], true)
  const { accessToken } = await server.signIn(bob)
  assert.equal((await server.call('GET', '/admin/users', { token: accessToken })).status, 200)
})

test('the last administrator stays, also when two put each other out at once', async () => {
  await using fixture = await startAdmin()
  const { server, admin, bobId, patch, db } = fixture
  const adaId = String((await server.me(admin)).body['id'])
  await patch(bobId, { isAdmin: true })
  const bobs = (await server.signIn(bob)).accessToken
  const answers = await Promise.all([
    patch(bobId, { isAdmin: false }),
    server.call('PATCH', `/admin/users/${adaId}`, { token: bobs, body: { isDeactivated: true } }),
  ])
  assert.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ['200', '403'])
  const left = await db.kysely
    .selectFrom('users')
    .select('id')
    .where('is_admin', '=', true)
    .where('deactivated_at', 'is', null)
    .execute()
  assert.equal(left.length, 1)
})

/** What lets somebody in, or says what they are here. */
const waysIn = (id: string, serviceId: string) =>
  [
    ['PATCH', `/admin/users/${id}`, { isAdmin: true }],
    ['PATCH', `/admin/users/${id}`, { isDeactivated: true }],
    ['DELETE', `/admin/users/${id}/second-factor`],
    ['POST', `/admin/users/${id}/password-reset`],
    [
      'POST',
      `/admin/service-accounts/${serviceId}/tokens`,
      { name: 'x', scopes: ['admin'], expiresInDays: 1 },
    ],
  ] as const

async function addService({ server, admin }: Awaited<ReturnType<typeof startAdmin>>) {
  const made = await server.call('POST', '/admin/service-accounts', {
    token: admin,
    body: { name: 'Robot' },
  })
  return String(made.body['id'])
}

test('no administrator makes themselves another way into their own account', async () => {
  await using fixture = await startAdmin()
  const { server, admin } = fixture
  const adaId = String((await server.me(admin)).body['id'])
  for (const [method, path] of [
    ['DELETE', `/admin/users/${adaId}/second-factor`],
    ['POST', `/admin/users/${adaId}/password-reset`],
  ] as const) {
    const answer = await server.call(method, path, { token: admin })
    assert.equal(answer.body['detail'], 'Another administrator has to do this', path)
  }
  assert.deepEqual(await mailsTo(fixture, ada.email), [])
})

test('a token that administers lets nobody in, neither of a person nor of a service', async () => {
  await using fixture = await startAdmin()
  const { server, admin, bobId, patch } = fixture
  const serviceId = await addService(fixture)
  await patch(serviceId, { isAdmin: true })
  const body = { name: 'x', scopes: ['admin'], expiresInDays: 1 }
  for (const path of ['/account/tokens', `/admin/service-accounts/${serviceId}/tokens`]) {
    const made = await server.call('POST', path, { token: admin, body })
    const token = String(made.body['token'])
    assert.equal((await server.call('GET', '/admin/users', { token })).status, 200)
    for (const [method, way, change] of waysIn(bobId, serviceId)) {
      const answer = await server.call(method, way, { token, body: change })
      assert.equal(answer.body['code'], 'insufficient_scope', `${method} ${way}`)
    }
  }
  await server.signIn(bob)
})

test('an administrator lets somebody in only with a proof of the last quarter of an hour', async () => {
  await using fixture = await startAdmin()
  const { server, clock, bobId } = fixture
  const serviceId = await addService(fixture)
  const { refreshToken } = await server.signIn()
  clock.advance(15 * 60)
  const token = String((await server.refresh(refreshToken)).body['accessToken'])
  for (const [method, way, change] of waysIn(bobId, serviceId)) {
    const answer = await server.call(method, way, { token, body: change })
    assert.equal(answer.body['code'], 'proof_required', `${method} ${way}`)
  }
  await server.signIn(bob)
  await server.call('POST', '/account/proof', { token, body: { password: ada.password } })
  for (const [method, way, change] of waysIn(bobId, serviceId)) {
    // Whose account is deactivated gets no link.
    const expected = way.endsWith('/password-reset') ? 404 : method === 'POST' ? 201 : undefined
    const { status } = await server.call(method, way, { token, body: change })
    assert.equal(status, expected ?? (method === 'PATCH' ? 200 : 204), `${method} ${way}`)
  }
})

test('an auditor sees what administrators see, and changes nothing', async () => {
  await using fixture = await startAdmin()
  const { server, admin, bobId, patch, db } = fixture
  const made = await patch(bobId, { isAuditor: true })
  assert.equal(made.body['isAuditor'], true)
  assert.equal(made.body['isAdmin'], false)
  const token = (await server.signIn(bob)).accessToken
  assert.equal((await server.me(token)).body['isAuditor'], true)
  const get = async (path: string) => (await server.call('GET', path, { token })).status
  for (const path of ['/admin/users?only=auditors', '/admin/sessions', '/admin/sign-up-policy'])
    assert.equal(await get(path), 200, path)
  const adaId = String((await server.me(admin)).body['id'])
  const change = await server.call('DELETE', `/admin/users/${adaId}/sessions`, { token })
  assert.equal(change.body['code'], 'forbidden')
  const { items } = (await server.call('GET', '/admin/users?only=auditors', { token })).body
  assert.deepEqual(
    (items as { id: string }[]).map(({ id }) => id),
    [bobId],
  )
  const events = await db.kysely
    .selectFrom('events')
    .select(['actor_id', 'payload'])
    .where('type', '=', 'user.role_changed')
    .execute()
  const old = { isAdmin: false, isAuditor: false }
  const payload = { userId: bobId, isAdmin: false, isAuditor: true, old }
  assert.deepEqual(events, [{ actor_id: adaId, payload }])
})

test('an administrator sends a reset link, and may hand it over', async () => {
  await using fixture = await startAdmin()
  const { server, admin, bobId } = fixture
  const path = `/admin/users/${bobId}/password-reset`
  const { status, body } = await server.call('POST', path, { token: admin })
  assert.equal(status, 201)
  const token = await mailedToken(fixture, bob.email)
  assert.equal(body['link'], `https://cs.test/reset-password#${token}`)
})

test('the list of accounts tells what administrators look after them by', async () => {
  await using fixture = await startAdmin()
  const { server, admin, bobId, patch } = fixture
  await patch(bobId, { isDeactivated: true })
  const list = async (query = '') =>
    (await server.call('GET', `/admin/users${query}`, { token: admin })).body['items'] as Record<
      string,
      unknown
    >[]
  const [first, second] = await list()
  assert.equal(first?.['email'], ada.email)
  assert.equal(first['isAdmin'], true)
  assert.notEqual(first['lastSeenAt'], null)
  assert.equal(second?.['isDeactivated'], true)
  assert.equal(second['lastSeenAt'], null)
  assert.deepEqual(
    (await list('?query=BOB')).map(({ id }) => id),
    [bobId],
  )
  assert.deepEqual(await list('?query=100%25'), [])
})

test('a service account acts by tokens alone, which need not end', async () => {
  await using fixture = await startAdmin()
  const { server, admin, bobId, db } = fixture
  const made = await server.call('POST', '/admin/service-accounts', {
    token: admin,
    body: { name: 'Nightly Backup' },
  })
  assert.equal(made.status, 201)
  const { id, email, kind } = made.json<Record<string, string>>()
  assert.equal(kind, 'service')
  assert.match(String(email), /^nightly-backup-[0-9a-f]{6}@service\.invalid$/)
  const path = `/admin/service-accounts/${id}/tokens`
  const body = { name: 'the only one', scopes: ['account:read'], expiresInDays: null }
  const created = await server.call('POST', path, { token: admin, body })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  assert.equal(created.body['expiresAt'], null)
  const token = String(created.body['token'])
  fixture.clock.advance(10 * 365 * 24 * 3600)
  assert.equal((await server.me(token)).body['id'], id)
  const { accessToken } = await server.signIn()
  const spaces = await db.kysely
    .selectFrom('grants')
    .select('space_id')
    .where('user_id', '=', id as never)
    .execute()
  assert.deepEqual(spaces, [])
  // It is nobody who could sign in, or read mail.
  await server.call('POST', '/auth/password/forgot', { body: { email } })
  assert.deepEqual(await mailsTo(fixture, String(email)), [])
  const signIn = await server.call('POST', '/auth/sign-in', { body: { email, password: '' } })
  assert.equal(signIn.body['code'], 'wrong_credentials')
  // Tokens of people are their own business.
  const ofBob = await server.call('POST', `/admin/service-accounts/${bobId}/tokens`, {
    token: accessToken,
    body,
  })
  assert.equal(ofBob.body['code'], 'not_found')
  const revoked = await server.call('DELETE', `${path}/${String(created.body['id'])}`, {
    token: accessToken,
  })
  assert.equal(revoked.status, 204)
  assert.equal((await server.me(token)).status, 401)
})

test('the mailbox is there only where it was asked for', async () => {
  await using fixture = await startAdmin()
  const { server, admin } = fixture
  assert.equal((await server.call('GET', '/admin/mailbox', { token: admin })).status, 200)
  await using earnest = await startIdentity({ mail: { kind: 'none' } })
  const { accessToken } = await earnest.server.signIn()
  const answer = await earnest.server.call('GET', '/admin/mailbox', { token: accessToken })
  assert.equal(answer.body['code'], 'not_found')
})
