import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FirstAccountState } from './first-account.ts'
import { openIdentity } from './open-identity.ts'
import { ada, silentLog, startIdentity, type IdentityServer } from './testing/start-identity.ts'
import { openIdentityParts } from '../../../testing/identity-parts.ts'

const form = { email: 'grace@example.org', name: 'Grace Hopper', password: 'nanoseconds of wire' }

function tokenOf(state: FirstAccountState): string {
  assert.equal(state.kind, 'link')
  return state.token
}

function setUp(server: IdentityServer, token: string, changes: Record<string, unknown> = {}) {
  return server.call('POST', '/auth/setup', { body: { token, ...form, ...changes } })
}

test('the first account comes from the settings, once, however many servers start', async () => {
  await using fixture = await startIdentity({ isEmpty: true })
  const { db, clock, server } = fixture
  const firstAccount = { email: 'Ada.King@Example.org', password: ada.password }
  const parts = await openIdentityParts({ db, clock, log: silentLog })
  const options = { ...parts, issuer: 'cs', firstAccount }
  await using one = await openIdentity(options)
  await using two = await openIdentity(options)
  const states = await Promise.all([one, two, one, two].map((each) => each.ensureFirstAccount()))
  assert.deepEqual(states.map((state) => state.kind).toSorted(), [
    'created',
    'exists',
    'exists',
    'exists',
  ])
  assert.deepEqual(await one.ensureFirstAccount(), { kind: 'exists' })
  const { accessToken } = await server.signIn({
    email: 'ada.king@example.org',
    password: ada.password,
  })
  const { body } = await server.me(accessToken)
  assert.equal(body['email'], 'ada.king@example.org')
  assert.equal(body['name'], 'Ada King')
  assert.equal(body['isAdmin'], true)
})

test('the first account has a personal space with a root folder and its document', async () => {
  await using fixture = await startIdentity()
  const { kysely } = fixture.db
  const user = await kysely.selectFrom('users').selectAll().executeTakeFirstOrThrow()
  const space = await kysely.selectFrom('spaces').selectAll().executeTakeFirstOrThrow()
  assert.equal(space.kind, 'personal')
  assert.equal(space.name, "Ada's files")
  assert.equal(space.seq, 1)
  const root = await kysely.selectFrom('nodes').selectAll().executeTakeFirstOrThrow()
  assert.equal(root.id, space.root_id)
  assert.equal(root.space_id, space.id)
  assert.deepEqual([root.kind, root.parent_id, root.name, root.rev], ['folder', null, '', 1])
  const documents = await kysely.selectFrom('documents').selectAll().execute()
  assert.deepEqual(documents, [{ id: root.id, epoch: 1, seq: 0 }])
  const member = await kysely.selectFrom('grants').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual([member.space_id, member.user_id, member.role], [space.id, user.id, 'owner'])
  const events = await kysely.selectFrom('events').select('type').orderBy('id').execute()
  assert.deepEqual(
    events.map((event) => event.type),
    ['user.created', 'space.created'],
  )
})

test('without an account in the settings a link makes the administrator and signs in', async () => {
  await using fixture = await startIdentity({ isEmpty: true })
  const { server, identity } = fixture
  assert.deepEqual((await server.call('GET', '/auth/setup')).body, { needed: true })
  const token = tokenOf(await identity.ensureFirstAccount())
  assert.match(token, /^[\w-]{43}$/)
  const answer = await setUp(server, token)
  assert.equal(answer.status, 201)
  const { body } = await server.me(String(answer.body['accessToken']))
  assert.deepEqual([body['email'], body['name'], body['isAdmin']], [form.email, form.name, true])
  assert.deepEqual((await server.call('GET', '/auth/setup')).body, { needed: false })
  await server.signIn(form)
})

test('a link works once', async () => {
  await using fixture = await startIdentity({ isEmpty: true })
  const token = tokenOf(await fixture.identity.ensureFirstAccount())
  assert.equal((await setUp(fixture.server, token)).status, 201)
  const again = await setUp(fixture.server, token, { email: 'mallory@example.org' })
  assert.equal(again.status, 409)
  assert.equal(again.body['code'], 'already_set_up')
  assert.deepEqual(await fixture.identity.ensureFirstAccount(), { kind: 'exists' })
})

test('of many uses at once, with the links of two servers, one makes the account', async () => {
  await using fixture = await startIdentity({ isEmpty: true })
  const another = await fixture.startAnother()
  const servers = [fixture.server, another]
  const links = await Promise.all(servers.map((each) => each.identity.ensureFirstAccount()))
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => {
      const server = servers[index % 2] ?? another
      const link = links[index >> 2]
      assert.ok(link)
      return setUp(server, tokenOf(link), { email: `user${index}@example.org` })
    }),
  )
  assert.deepEqual(
    answers.map((answer) => answer.status).toSorted((a, b) => a - b),
    [201, ...Array(7).fill(409)],
  )
  const users = await fixture.db.kysely.selectFrom('users').select('id').execute()
  assert.equal(users.length, 1)
  const spaces = await fixture.db.kysely.selectFrom('spaces').select('id').execute()
  assert.equal(spaces.length, 1)
})

test('a restart makes a new link and voids the old one', async () => {
  await using fixture = await startIdentity({ isEmpty: true })
  const old = tokenOf(await fixture.identity.ensureFirstAccount())
  fixture.clock.advance(61)
  const fresh = tokenOf(await fixture.identity.ensureFirstAccount())
  const refused = await setUp(fixture.server, old)
  assert.equal(refused.status, 410)
  assert.equal(refused.body['code'], 'link_used')
  assert.equal((await setUp(fixture.server, fresh)).status, 201)
})

test('a link is void after a day, and one that was never made opens nothing', async () => {
  await using fixture = await startIdentity({ isEmpty: true })
  const token = tokenOf(await fixture.identity.ensureFirstAccount())
  for (const guess of ['', 'x', '\u0000', "' OR true --"])
    assert.equal((await setUp(fixture.server, guess)).body['code'], 'link_used')
  fixture.clock.advance(24 * 3600)
  assert.equal((await setUp(fixture.server, token)).body['code'], 'link_used')
  assert.equal((await fixture.db.kysely.selectFrom('users').select('id').execute()).length, 0)
})

test('a form that is not valid leaves the link as it was', async () => {
  await using fixture = await startIdentity({ isEmpty: true })
  const token = tokenOf(await fixture.identity.ensureFirstAccount())
  const mistakes = [
    { password: 'too short' },
    { email: 'no address' },
    { name: '  ' },
    { name: 'nul\u0000' },
    { isAdmin: true },
  ]
  for (const mistake of mistakes) {
    const answer = await setUp(fixture.server, token, mistake)
    assert.equal(answer.status, 400)
    assert.equal(answer.body['code'], 'bad_request')
  }
  assert.equal((await setUp(fixture.server, token)).status, 201)
})

test('guesses at the link are slowed down', async () => {
  await using fixture = await startIdentity({ isEmpty: true })
  for (let guess = 0; guess < 10; guess++)
    assert.equal((await setUp(fixture.server, `guess ${guess}`)).status, 410)
  const answer = await setUp(fixture.server, 'one guess more')
  assert.equal(answer.status, 429)
  assert.equal(answer.body['code'], 'rate_limited')
  assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
})

test('where somebody has an account, neither settings nor links make another', async () => {
  await using fixture = await startIdentity()
  const { db, clock, server } = fixture
  const firstAccount = { email: 'eve@example.org', password: 'eavesdropping' }
  await using later = await openIdentity({
    ...(await openIdentityParts({ db, clock, log: silentLog })),
    issuer: 'cs',
    firstAccount,
  })
  assert.deepEqual(await later.ensureFirstAccount(), { kind: 'exists' })
  assert.equal((await setUp(server, 'any token')).body['code'], 'already_set_up')
})
