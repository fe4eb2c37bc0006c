import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page, Space, SpaceId, UserId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { Answer } from '../../../testing/answer.ts'
import { call, startSpaces, type Person, type SpacesFixture } from './testing/start-spaces.ts'

function assertProblem(answer: Answer, status: number, code: string, message?: string) {
  assert.equal(answer.body['code'], code, message ?? JSON.stringify(answer.body))
  assert.equal(answer.status, status)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
}

async function listSpaces(person: Person, query = ''): Promise<Page<Space>> {
  const answer = await person.call('GET', `/spaces${query}`)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.json<Page<Space>>()
}

async function listRoles(person: Person, spaceId: SpaceId): Promise<Record<string, string>> {
  const answer = await person.call('GET', `/spaces/${spaceId}/members`)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  const items = answer.body['items'] as { email: string; role: string }[]
  return Object.fromEntries(items.map((item) => [item.email, item.role]))
}

async function listEvents(fixture: SpacesFixture, spaceId: SpaceId) {
  return fixture.db.kysely
    .selectFrom('events')
    .select(['type', 'actor_id as actorId', 'payload'])
    .where('space_id', '=', spaceId)
    .orderBy('id')
    .execute()
}

test('everybody has a personal space, and sees no space of others', async () => {
  await using fixture = await startSpaces()
  const bob = await fixture.addPerson('Bob')
  for (const [person, name] of [
    [fixture.ada, "Ada's files"],
    [bob, "Bob's files"],
  ] as const) {
    const { items, nextCursor } = await listSpaces(person)
    assert.equal(nextCursor, null)
    assert.deepEqual(
      items.map((item) => [item.name, item.kind, item.role]),
      [[name, 'personal', 'owner']],
    )
    assert.deepEqual(Object.keys(items[0] ?? {}).toSorted(), [
      'conflictPolicy',
      'id',
      'kind',
      'name',
      'quotaBytes',
      'role',
      'rootId',
      'seq',
      'trashDays',
      'usedBytes',
    ])
  }
})

test('whoever makes a team space owns it and can use it at once', async () => {
  await using fixture = await startSpaces()
  const { ada, access } = fixture
  const answer = await ada.call('POST', '/spaces', { name: '  Research  ' })
  assert.equal(answer.status, 201)
  const space = answer.json<Space>()
  assert.equal(answer.headers.get('location'), `/api/v1/spaces/${space.id}`)
  assert.deepEqual([space.name, space.kind, space.role], ['Research', 'team', 'owner'])
  assert.deepEqual((await ada.call('GET', `/spaces/${space.id}`)).body, space)
  assert.equal((await access.requireSpace(ada.id, space.id, 'space.own')).role, 'owner')
  assert.equal((await access.requireNode(ada.id, space.rootId, 'space.own')).kind, 'folder')
  assert.deepEqual(fixture.changes, [{ userId: ada.id, spaceId: space.id }])
})

test('one person makes so many team spaces, also at once, and an administrator any number', async () => {
  await using fixture = await startSpaces({ maxTeamSpaces: 3 })
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  const make = (person: Person) => person.call('POST', '/spaces', { name: 'Team' })
  const answers = await Promise.all(Array.from({ length: 6 }, () => make(bob)))
  const made = answers.filter(({ status }) => status === 201)
  assert.equal(made.length, 3)
  for (const answer of answers.filter((one) => !made.includes(one)))
    assertProblem(answer, 403, 'too_many_spaces')
  // What was given away they have made all the same.
  const [given] = made.map((answer) => answer.json<Space>())
  assert.ok(given)
  await fixture.db.kysely.deleteFrom('grants').where('space_id', '=', given.id).execute()
  const refused = await make(bob)
  assertProblem(refused, 403, 'too_many_spaces')
  assert.equal(refused.body['maxTeamSpaces'], 3)
  for (let count = 0; count < 4; count++) assert.equal((await make(ada)).status, 201)
  const carol = await fixture.addPerson('Carol')
  assert.equal((await make(carol)).status, 201)
})

test('spaces are listed a page at a time, the personal one first', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  for (const name of ['One', 'Two', 'Three', 'Four']) await ada.createSpace(name)
  const names: string[] = []
  let query = '?limit=2'
  for (;;) {
    const { items, nextCursor } = await listSpaces(ada, query)
    names.push(...items.map((item) => item.name))
    if (nextCursor === null) break
    query = `?limit=2&cursor=${nextCursor}`
  }
  assert.deepEqual(names, ["Ada's files", 'One', 'Two', 'Three', 'Four'])
  for (const bad of [
    '?limit=0',
    '?limit=1001',
    '?cursor=x',
    "?cursor=' OR 1=1",
    '?limit=1&limit=2',
  ])
    assertProblem(await ada.call('GET', `/spaces${bad}`), 400, 'bad_request')
})

test('a name that is none is refused, and any script is welcome', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bad = [
    '',
    '   ',
    'n'.repeat(81),
    'nul\u0000',
    'line\nbreak',
    '\uD800',
    'a\u202Eb',
    'a\u200Bb',
    '\u2800',
    5,
    null,
    ['x'],
    { a: 1 },
  ]
  for (const name of bad)
    assertProblem(
      await ada.call('POST', '/spaces', { name }),
      400,
      'bad_request',
      JSON.stringify(name),
    )
  assertProblem(
    await ada.call('POST', '/spaces', { name: 'x', kind: 'personal' }),
    400,
    'bad_request',
  )
  assertProblem(await ada.call('POST', '/spaces'), 400, 'bad_request')
  for (const name of ['研究', "'; DROP TABLE spaces; --", '👩‍🚀', '<script>'])
    assert.equal((await ada.createSpace(name)).name, name)
})

test('without signing in nothing is told', async () => {
  await using fixture = await startSpaces()
  const { ada, url } = fixture
  const { id } = await ada.createSpace('Team')
  const requests: [string, string][] = [
    ['GET', '/spaces'],
    ['POST', '/spaces'],
    ['GET', `/spaces/${id}`],
    ['GET', `/spaces/${id}/members`],
    ['PUT', `/spaces/${id}/members`],
    ['DELETE', `/spaces/${id}/members/${ada.id}`],
  ]
  for (const [method, path] of requests)
    assertProblem(await call(url, method, path), 401, 'not_signed_in', `${method} ${path}`)
})

test('a stranger cannot tell a space from none', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  const { id } = await ada.createSpace('Team')
  for (const spaceId of [id, uuidv7() as SpaceId]) {
    assertProblem(await bob.call('GET', `/spaces/${spaceId}`), 404, 'not_found')
    assertProblem(await bob.call('GET', `/spaces/${spaceId}/members`), 404, 'not_found')
    assertProblem(await bob.putMember(spaceId, bob.email, 'manager'), 404, 'not_found')
    assertProblem(await bob.removeMember(spaceId, ada.id), 404, 'not_found')
    assertProblem(await bob.removeMember(spaceId, bob.id), 404, 'not_found')
  }
  for (const path of ['/spaces/x', '/spaces/%00', '/spaces/1/members', `/spaces/${id}/members/x`])
    assertProblem(
      await bob.call(path.endsWith('/x') && path.includes('members') ? 'DELETE' : 'GET', path),
      400,
      'bad_request',
    )
})

test('a manager adds people by e-mail address and gives them other roles', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  const { id } = await ada.createSpace('Team')
  const added = await ada.putMember(id, 'BOB@example.org', 'viewer')
  assert.equal(added.status, 200)
  const { color, ...rest } = added.body
  assert.deepEqual(rest, { userId: bob.id, name: 'Bob', email: bob.email, role: 'viewer' })
  assert.match(String(color), /^#/)
  assert.deepEqual(
    (await listSpaces(bob)).items.map((item) => [item.name, item.role]),
    [
      ["Bob's files", 'owner'],
      ['Team', 'viewer'],
    ],
  )
  assert.equal((await ada.putMember(id, bob.email, 'manager')).body['role'], 'manager')
  assert.deepEqual(await listRoles(bob, id), { [ada.email]: 'owner', [bob.email]: 'manager' })
  const carol = await fixture.addPerson('Carol')
  assert.equal((await bob.putMember(id, carol.email, 'editor')).status, 200)
  assert.deepEqual((await listEvents(fixture, id)).slice(1), [
    {
      type: 'member.added',
      actorId: ada.id,
      payload: { userId: bob.id, role: 'viewer', oldRole: null },
    },
    {
      type: 'member.changed',
      actorId: ada.id,
      payload: { userId: bob.id, role: 'manager', oldRole: 'viewer' },
    },
    {
      type: 'member.added',
      actorId: bob.id,
      payload: { userId: carol.id, role: 'editor', oldRole: null },
    },
  ])
})

test('giving a role that somebody has already changes nothing and tells of nothing', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  const { id } = await ada.createSpace('Team')
  await ada.putMember(id, bob.email, 'editor')
  const before = await listEvents(fixture, id)
  assert.equal((await ada.putMember(id, bob.email, 'editor')).body['role'], 'editor')
  assert.deepEqual(await listEvents(fixture, id), before)
})

test('members below manager read the list, and change nobody', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  const carol = await fixture.addPerson('Carol')
  const { id } = await ada.createSpace('Team')
  await ada.putMember(id, carol.email, 'viewer')
  for (const role of ['viewer', 'commenter', 'editor']) {
    await ada.putMember(id, bob.email, role)
    assert.equal((await listRoles(bob, id))[bob.email], role)
    assertProblem(await bob.putMember(id, bob.email, 'manager'), 403, 'forbidden')
    assertProblem(await bob.putMember(id, 'nobody@example.org', 'viewer'), 403, 'forbidden')
    assertProblem(await bob.removeMember(id, carol.id), 403, 'forbidden')
    assertProblem(await bob.removeMember(id, ada.id), 403, 'forbidden')
  }
})

test('the owner stays the owner, and nobody becomes another', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  const { id } = await ada.createSpace('Team')
  await ada.putMember(id, bob.email, 'manager')
  for (const person of [ada, bob]) {
    assertProblem(await person.putMember(id, ada.email, 'viewer'), 403, 'forbidden')
    assertProblem(await person.removeMember(id, ada.id), 403, 'forbidden')
    assertProblem(await person.putMember(id, bob.email, 'owner'), 400, 'bad_request')
  }
  assert.deepEqual(await listRoles(ada, id), { [ada.email]: 'owner', [bob.email]: 'manager' })
})

test('a request for a member that is not valid, or for nobody, is refused', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const { id } = await ada.createSpace('Team')
  assertProblem(await ada.putMember(id, 'nobody@example.org', 'viewer'), 404, 'not_found')
  assertProblem(await ada.removeMember(id, uuidv7() as UserId), 404, 'not_found')
  const bodies = [
    {},
    { email: ada.email },
    { email: 'no address', role: 'viewer' },
    { email: ada.email, role: 'admin' },
    { email: ada.email, role: '__proto__' },
    { email: ada.email, role: ['viewer'] },
    { email: ada.email, role: 'viewer', userId: ada.id },
    { email: 'nul\u0000@example.org', role: 'viewer' },
    null,
  ]
  for (const body of bodies)
    assertProblem(
      await ada.call('PUT', `/spaces/${id}/members`, body),
      400,
      'bad_request',
      JSON.stringify(body),
    )
})

test('who is removed, or leaves, loses the space at once, and followers of access are told', async () => {
  await using fixture = await startSpaces()
  const { ada, access, changes } = fixture
  const bob = await fixture.addPerson('Bob')
  const { id, rootId } = await ada.createSpace('Team')
  for (const actor of [ada, bob]) {
    await ada.putMember(id, bob.email, 'editor')
    assert.equal((await access.requireNode(bob.id, rootId, 'node.edit')).role, 'editor')
    changes.length = 0
    assert.equal((await actor.removeMember(id, bob.id)).status, 204)
    assert.deepEqual(changes, [{ userId: bob.id, spaceId: id }])
    assert.equal(await access.findNodeAccess(bob.id, rootId), undefined)
    assertProblem(await bob.call('GET', `/spaces/${id}`), 404, 'not_found')
    assertProblem(await ada.removeMember(id, bob.id), 404, 'not_found')
    const event = (await listEvents(fixture, id)).at(-1)
    const payload = { userId: bob.id, oldRole: 'editor' }
    assert.deepEqual(event, { type: 'member.removed', actorId: actor.id, payload })
  }
})

test('of two managers who remove each other at once, one stays', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  const carol = await fixture.addPerson('Carol')
  const { id } = await ada.createSpace('Team')
  for (let round = 0; round < 5; round++) {
    for (const person of [bob, carol]) await ada.putMember(id, person.email, 'manager')
    const answers = await Promise.all([
      bob.removeMember(id, carol.id),
      carol.removeMember(id, bob.id),
    ])
    assert.deepEqual(
      answers.map((answer) => answer.status).toSorted((a, b) => a - b),
      [204, 404],
    )
    assert.equal(Object.keys(await listRoles(ada, id)).length, 2)
  }
})

test('a person who is added many times at once is a member once', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  const roles = [
    'viewer',
    'commenter',
    'editor',
    'manager',
    'viewer',
    'commenter',
    'editor',
    'manager',
  ]
  // Several times: who waits for whom is a matter of chance.
  for (let round = 0; round < 6; round++) {
    const { id } = await ada.createSpace('Team')
    const answers = await Promise.all(roles.map((role) => ada.putMember(id, bob.email, role)))
    assert.ok(answers.every((answer) => answer.status === 200))
    const types = (await listEvents(fixture, id)).map((event) => event.type)
    assert.equal(types.filter((type) => type === 'member.added').length, 1)
    assert.equal(Object.keys(await listRoles(ada, id)).length, 2)
  }
})

test('managers say how a space handles conflicts and how long its trash keeps things', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  const { id } = await ada.createSpace('Team')
  await ada.putMember(id, bob.email, 'editor')
  const change = { name: 'Crew', conflictPolicy: 'ask', trashDays: 7 }
  assert.equal((await bob.call('PATCH', `/spaces/${id}`, change)).status, 403)
  const changed = await ada.call('PATCH', `/spaces/${id}`, change)
  assert.equal(changed.status, 200)
  const { name, conflictPolicy, trashDays } = changed.body
  assert.deepEqual({ name, conflictPolicy, trashDays }, change)
  for (const wrong of [{}, { trashDays: 0 }, { conflictPolicy: 'none' }, { name: 'a\u0000b' }])
    assert.equal((await ada.call('PATCH', `/spaces/${id}`, wrong)).status, 400)
  const types = (await listEvents(fixture, id)).map((event) => event.type)
  assert.equal(types.filter((type) => type === 'space.changed').length, 1)
})

test('members are listed a page at a time', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const { id } = await ada.createSpace('Team')
  for (const name of ['Bob', 'Carol', 'Dora']) {
    const person = await fixture.addPerson(name)
    await ada.putMember(id, person.email, 'viewer')
  }
  const first = await ada.call('GET', `/spaces/${id}/members?limit=3`)
  const cursor = String(first.body['nextCursor'])
  const second = await ada.call('GET', `/spaces/${id}/members?limit=3&cursor=${cursor}`)
  const names = [first, second].map((answer) =>
    (answer.body['items'] as { name: string }[]).map((item) => item.name),
  )
  assert.deepEqual(names, [['Ada', 'Bob', 'Carol'], ['Dora']])
  assert.equal(second.body['nextCursor'], null)
})
