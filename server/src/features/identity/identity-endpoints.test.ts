import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../../testing/answer.ts'
import { ada, startIdentity, type CallOptions } from './testing/start-identity.ts'

const bob = { email: 'bob@example.org', name: 'Bob', password: 'bob likes bytes' }

function assertProblem(answer: Answer, status: number, code: string, message?: string) {
  assert.equal(answer.body['code'], code, message ?? JSON.stringify(answer.body))
  assert.equal(answer.status, status)
  assert.equal(answer.body['status'], status)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
}

async function startWithBob() {
  const fixture = await startIdentity()
  const admin = (await fixture.server.signIn()).accessToken
  const created = await fixture.server.call('POST', '/users', { body: bob, token: admin })
  assert.equal(created.status, 201)
  return { ...fixture, admin, bobId: String(created.body['id']) }
}

test('signing in answers with tokens that nobody may keep on the way', async () => {
  await using fixture = await startIdentity()
  const { server } = fixture
  const answer = await server.call('POST', '/auth/sign-in', {
    body: { email: '  ADA@example.org ', password: ada.password },
  })
  assert.equal(answer.status, 200)
  assert.deepEqual(Object.keys(answer.body).toSorted(), [
    'accessToken',
    'expiresInSeconds',
    'refreshToken',
  ])
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const me = await server.me(String(answer.body['accessToken']))
  assert.deepEqual(Object.keys(me.body).toSorted(), [
    'color',
    'email',
    'id',
    'isAdmin',
    'isAuditor',
    'mustSetUpSecondFactor',
    'name',
  ])
  assert.equal(me.body['email'], ada.email)
  assert.match(String(me.body['color']), /^#[0-9A-F]{6}$/)
})

test('a wrong password and an unknown address get the same answer', async () => {
  await using fixture = await startIdentity()
  const attempts = [
    { email: ada.email, password: 'wrong password' },
    { email: 'nobody@example.org', password: ada.password },
    { email: "' OR 1=1 --", password: ada.password },
    { email: 'ada@example.org\u0000', password: ada.password },
    { email: '\uD800', password: ada.password },
    { email: ada.email, password: '' },
    { email: ada.email, password: `${ada.password}\u0000` },
  ]
  const bodies = new Set<string>()
  for (const body of attempts) {
    const answer = await fixture.server.call('POST', '/auth/sign-in', { body })
    assertProblem(answer, 401, 'wrong_credentials')
    bodies.add(JSON.stringify(answer.body))
  }
  assert.equal(bodies.size, 1)
})

test('after too many wrong passwords an address waits, and the owner elsewhere does not', async () => {
  await using fixture = await startIdentity()
  const { server } = fixture
  const wrong = { body: { email: ada.email, password: 'wrong password' }, from: '198.51.100.7' }
  for (let count = 0; count < 10; count++)
    assertProblem(await server.call('POST', '/auth/sign-in', wrong), 401, 'wrong_credentials')
  const refused = await server.call('POST', '/auth/sign-in', { ...wrong, body: ada })
  assertProblem(refused, 429, 'rate_limited')
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  const elsewhere = await server.call('POST', '/auth/sign-in', { body: ada, from: '192.0.2.1' })
  assert.equal(elsewhere.status, 200)
})

test('fifty people sign in at once', async () => {
  await using fixture = await startIdentity()
  const tokens = await Promise.all(Array.from({ length: 50 }, () => fixture.server.signIn()))
  assert.equal(new Set(tokens.map((each) => each.refreshToken)).size, 50)
})

test('signing out by either token ends the session, and is no failure a second time', async () => {
  await using fixture = await startIdentity()
  const { server } = fixture
  const signOut = (options: CallOptions) => server.call('POST', '/auth/sign-out', options)
  const byAccess = await server.signIn()
  assert.equal((await signOut({ token: byAccess.accessToken })).status, 204)
  assertProblem(await server.me(byAccess.accessToken), 401, 'not_signed_in')
  assertProblem(await server.refresh(byAccess.refreshToken), 401, 'not_signed_in')

  const byRefresh = await server.signIn()
  const body = { refreshToken: byRefresh.refreshToken }
  assert.equal((await signOut({ body })).status, 204)
  assertProblem(await server.me(byRefresh.accessToken), 401, 'not_signed_in')
  assert.equal((await signOut({ body })).status, 204)
  assert.equal((await signOut({ body: { refreshToken: 'nobody knows it' } })).status, 204)

  assertProblem(await signOut({}), 401, 'not_signed_in')
  assertProblem(await signOut({ body: {} }), 401, 'not_signed_in')
  assertProblem(await signOut({ token: byAccess.accessToken }), 401, 'not_signed_in')
  assertProblem(await signOut({ body: { refreshToken: 5 } }), 400, 'bad_request')
})

test('signing out with a token that is used up ends the session too', async () => {
  await using fixture = await startIdentity()
  const { server } = fixture
  const { refreshToken } = await server.signIn()
  const next = await server.refresh(refreshToken)
  await server.call('POST', '/auth/sign-out', { body: { refreshToken } })
  assertProblem(await server.refresh(String(next.body['refreshToken'])), 401, 'not_signed_in')
})

test('an administrator makes an account, which has a space of its own and no special rights', async () => {
  await using fixture = await startWithBob()
  const { server, db, bobId } = fixture
  const { accessToken } = await server.signIn(bob)
  const me = await server.me(accessToken)
  assert.equal(me.body['isAdmin'], false)
  const spaces = await db.kysely
    .selectFrom('grants')
    .innerJoin('spaces', 'spaces.root_id', 'grants.node_id')
    .select(['spaces.name', 'spaces.kind', 'role'])
    .where('user_id', '=', bobId as never)
    .execute()
  assert.deepEqual(spaces, [{ name: "Bob's files", kind: 'personal', role: 'owner' }])
  assertProblem(await server.call('GET', '/users', { token: accessToken }), 403, 'forbidden')
  const another = { ...bob, email: 'eve@example.org' }
  const refused = await server.call('POST', '/users', { body: another, token: accessToken })
  assertProblem(refused, 403, 'forbidden')
  assertProblem(await server.call('POST', '/users', { body: another }), 401, 'not_signed_in')
})

test('an e-mail address has one account, whatever its case and however many ask at once', async () => {
  await using fixture = await startWithBob()
  const { server, db, admin } = fixture
  const again = { ...bob, email: 'BOB@Example.org' }
  assertProblem(await server.call('POST', '/users', { body: again, token: admin }), 409, 'id_taken')
  const carol = { ...bob, email: 'carol@example.org' }
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => server.call('POST', '/users', { body: carol, token: admin })),
  )
  assert.deepEqual(
    answers.map((answer) => answer.status).toSorted((a, b) => a - b),
    [201, 409, 409, 409, 409],
  )
  const spaces = await db.kysely.selectFrom('spaces').select('id').execute()
  assert.equal(spaces.length, 3)
})

test('an account that is not valid is refused by the name of the field', async () => {
  await using fixture = await startWithBob()
  const { server, admin } = fixture
  const mistakes: [Record<string, unknown>, string][] = [
    [{ email: 'nothing' }, 'body.email'],
    [{ email: `${'a'.repeat(250)}@example.org` }, 'body.email'],
    [{ password: 'nine char' }, 'body.password'],
    [{ password: 'x'.repeat(257) }, 'body.password'],
    [{ name: '' }, 'body.name'],
    [{ name: 'n'.repeat(81) }, 'body.name'],
    [{ name: 'bell\u0007' }, 'body.name'],
    [{ name: 'nul\u0000' }, 'body.name'],
    [{ name: '\uD800' }, 'body.name'],
    [{ name: 'gpj.\u202Eada' }, 'body.name'],
    [{ name: 'Ada\u200B' }, 'body.name'],
    [{ name: '\u2066Ada' }, 'body.name'],
    [{ name: 'A\u200Dda' }, 'body.name'],
    [{ name: '\u3164' }, 'body.name'],
    [{ name: '\u200E' }, 'body.name'],
    [{ isAdmin: true }, 'body'],
  ]
  for (const [mistake, path] of mistakes) {
    const body = { ...bob, email: 'new@example.org', ...mistake }
    const answer = await server.call('POST', '/users', { body, token: admin })
    assertProblem(answer, 400, 'bad_request', JSON.stringify(mistake))
    const errors = answer.body['errors'] as { path: string }[]
    assert.deepEqual(
      errors.map((error) => error.path),
      [path],
    )
  }
})

test('names may be written in any script, and are kept as they are', async () => {
  await using fixture = await startWithBob()
  const { server, admin } = fixture
  for (const [index, name] of [
    'Ælfgifu',
    '山田 太郎',
    'محمد',
    '👩‍🚀',
    "'; DROP TABLE users; --",
    '<b>',
  ].entries()) {
    const body = { ...bob, email: `u${index}@example.org`, name }
    const answer = await server.call('POST', '/users', { body, token: admin })
    assert.equal(answer.status, 201)
    assert.equal(answer.body['name'], name)
  }
})

test('accounts are found by parts of their name and address, a page at a time', async () => {
  await using fixture = await startWithBob()
  const { server, admin } = fixture
  const names = ['100% Carl', 'Under_score', 'Back\\slash', 'Zoë']
  for (const [index, name] of names.entries()) {
    const body = { ...bob, email: `u${index}@example.org`, name }
    await server.call('POST', '/users', { body, token: admin })
  }
  const find = async (query: string) => {
    const answer = await server.call('GET', `/users?${query}`, { token: admin })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    const items = answer.body['items'] as { name: string }[]
    return { names: items.map((item) => item.name), nextCursor: answer.body['nextCursor'] }
  }
  assert.deepEqual((await find('')).names, ['Ada', 'Bob', ...names])
  assert.deepEqual((await find('query=bO')).names, ['Bob'])
  assert.deepEqual((await find('query=U3%40')).names, ['Zoë'])
  assert.deepEqual((await find('query=%25')).names, ['100% Carl'])
  assert.deepEqual((await find('query=_')).names, ['Under_score'])
  assert.deepEqual((await find('query=%5C')).names, ['Back\\slash'])
  assert.deepEqual((await find(`query=${encodeURIComponent("' OR 1=1 --")}`)).names, [])
  const first = await find('limit=4')
  assert.deepEqual(first.names, ['Ada', 'Bob', '100% Carl', 'Under_score'])
  const second = await find(`limit=4&cursor=${String(first.nextCursor)}`)
  assert.deepEqual(second, { names: ['Back\\slash', 'Zoë'], nextCursor: null })
  for (const query of [
    'query=%00',
    'limit=0',
    'limit=1001',
    'limit=x',
    'cursor=x',
    'query=a&query=b',
  ])
    assertProblem(await server.call('GET', `/users?${query}`, { token: admin }), 400, 'bad_request')
})

test('no body, however it is made, breaks an endpoint or pollutes a prototype', async () => {
  await using fixture = await startWithBob()
  const { server, admin } = fixture
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  const credentials = `"email":"${ada.email}","password":"${ada.password}"`
  const bodies: [string, number][] = [
    ['', 400],
    ['{', 400],
    ['null', 400],
    ['[]', 400],
    ['"text"', 400],
    [deep, 400],
    [`{${credentials},"constructor":{"prototype":{"isAdmin":true}}}`, 400],
    [`{${credentials},"extra":1}`, 400],
    [`{"email":{"$ne":null},"password":{"$ne":null}}`, 400],
    [`{"email":["${ada.email}"],"password":"${ada.password}"}`, 400],
    [`{"email":"${'a'.repeat(255)}","password":"x"}`, 400],
    [`{"email":"${ada.email}","password":"${'x'.repeat(257)}"}`, 400],
    [`{"email":"${'a'.repeat(70_000)}","password":"x"}`, 413],
  ]
  for (const [rawBody, status] of bodies) {
    const code = status === 413 ? 'too_large' : 'bad_request'
    const message = rawBody.slice(0, 80)
    assertProblem(await server.call('POST', '/auth/sign-in', { rawBody }), status, code, message)
  }
  const polluted = `{${credentials},"__proto__":{"isAdmin":true,"polluted":true}}`
  const signedIn = await server.call('POST', '/auth/sign-in', { rawBody: polluted })
  assert.ok(signedIn.status < 500)
  const account = `{"email":"p@example.org","name":"P","password":"${bob.password}","__proto__":{"isAdmin":true}}`
  const made = await server.call('POST', '/users', { rawBody: account, token: admin })
  assert.ok(made.status < 500)
  assert.equal(Reflect.get({}, 'polluted'), undefined)
  assert.equal(Reflect.get({}, 'isAdmin'), undefined)
  const admins = await fixture.db.kysely
    .selectFrom('users')
    .select('email')
    .where('is_admin', '=', true)
    .execute()
  assert.deepEqual(admins, [{ email: ada.email }])
  const form = await server.call('POST', '/auth/sign-in', {
    rawBody: 'email=a&password=b',
    contentType: 'application/x-www-form-urlencoded',
  })
  assertProblem(form, 400, 'bad_request')
})

test('other features find people by id and by address', async () => {
  await using fixture = await startWithBob()
  const { identity, bobId } = fixture
  const id = bobId as Parameters<typeof identity.findUser>[0]
  const stranger = '00000000-0000-7000-8000-000000000000' as typeof id
  const found = await identity.findUser(id)
  assert.deepEqual([found?.name, found?.email], [bob.name, bob.email])
  assert.deepEqual(Object.keys(found ?? {}).toSorted(), ['color', 'email', 'id', 'name'])
  assert.deepEqual(await identity.findUserByEmail(bob.email), found)
  assert.deepEqual([...(await identity.findUsers([id, stranger, id])).keys()], [id])
  assert.equal((await identity.findUsers([])).size, 0)
  assert.equal(await identity.findUser(stranger), undefined)
  assert.equal(await identity.findUserByEmail('nobody@example.org'), undefined)
})
