import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdminSpace, Member, Page, Space, SpaceOrder } from '@cloudsync/protocol'
import { startSpaces, type Person, type SpacesFixture } from '../testing/start-spaces.ts'

async function list(person: Person, query = ''): Promise<Page<AdminSpace>> {
  const answer = await person.call('GET', `/admin/spaces?limit=200${query}`)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.json<Page<AdminSpace>>()
}

/** All names in an order, two by two. */
async function namesBy(person: Person, order: SpaceOrder): Promise<string[]> {
  const names: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page = await person.call(
      'GET',
      `/admin/spaces?limit=2&order=${order}${cursor && `&cursor=${cursor}`}`,
    )
    const { items, nextCursor } = page.json<Page<AdminSpace>>()
    names.push(...items.map(({ name }) => name))
    cursor = nextCursor
  }
  return names
}

async function fill({ db }: SpacesFixture, name: string, used: number, quota: number | null) {
  await db.kysely
    .updateTable('spaces')
    .set({ used_bytes: used, quota_bytes: quota })
    .where('name', '=', name)
    .execute()
}

test('spaces are listed by age, name, size and fullness, page by page', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  for (const name of ['Zoo', 'apes', 'Bees', 'cats']) await ada.createSpace(name)
  await fill(fixture, 'Zoo', 10, 1000)
  await fill(fixture, 'apes', 500, null)
  await fill(fixture, 'Bees', 90, 100)
  await fill(fixture, 'cats', 90, 0)
  const own = (await list(ada)).items[0]?.name ?? ''
  assert.deepEqual(await namesBy(ada, 'created'), [own, 'Zoo', 'apes', 'Bees', 'cats'])
  assert.deepEqual(await namesBy(ada, 'name'), [own, 'apes', 'Bees', 'cats', 'Zoo'])
  assert.deepEqual(await namesBy(ada, 'used'), ['apes', 'Bees', 'cats', 'Zoo', own])
  assert.deepEqual(await namesBy(ada, 'full'), ['cats', 'Bees', 'Zoo', own, 'apes'])
  assert.deepEqual(
    (await list(ada, '&query=EE')).items.map(({ name }) => name),
    ['Bees'],
  )
  assert.deepEqual((await list(ada, '&query=%25')).items, [])
})

test('a cursor is good for the order that it was given for, and for no other', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  await ada.createSpace('Zoo')
  const first = await ada.call('GET', '/admin/spaces?limit=1&order=name')
  const { nextCursor } = first.json<Page<AdminSpace>>()
  const made = (parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
  const cursors = [
    ['used', nextCursor],
    ['name', 'x'],
    ['used', made(['used', 1.5, ada.id])],
    ['used', made(['used', 'x', ada.id])],
    ['name', made(['name', 'a\0', ada.id])],
    ['created', made(['created', 1e300, ada.id])],
    ['full', made(['full', 1])],
  ]
  for (const [order, cursor] of cursors) {
    const answer = await ada.call('GET', `/admin/spaces?order=${order}&cursor=${cursor}`)
    assert.equal(answer.body['code'], 'bad_request', `${order} ${cursor}`)
  }
})

test('members are counted, and seen by administrators who belong to nothing there', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const [bob, eve] = [await fixture.addPerson('Bob'), await fixture.addPerson('Eve')]
  const space = await bob.createSpace('Bees')
  await bob.putMember(space.id, eve.email, 'viewer')
  const found = (await list(ada, '&query=bees')).items[0]
  assert.equal(found?.memberCount, 2)
  const answer = await ada.call('GET', `/admin/spaces/${space.id}/members`)
  const members = answer.body['items'] as Member[]
  assert.deepEqual(
    members.map(({ email, role }) => `${email} ${role}`).toSorted(),
    [`${bob.email} owner`, `${eve.email} viewer`].toSorted(),
  )
  // The names are not the files.
  assert.equal((await ada.call('GET', `/spaces/${space.id}`)).status, 404)
  const quota = await ada.call('PATCH', `/admin/spaces/${space.id}`, { quotaBytes: 5 })
  assert.equal(quota.body['quotaBytes'], 5)
  assert.equal(quota.body['memberCount'], 2)
})

test('an administrator puts others into a team space and takes them out, but never themselves in', async () => {
  await using fixture = await startSpaces()
  const { ada, db, changes } = fixture
  const [bob, eve] = [await fixture.addPerson('Bob'), await fixture.addPerson('Eve')]
  const space = await bob.createSpace('Bees')
  const path = `/admin/spaces/${space.id}/members`
  const put = (email: string, role: string) => ada.call('PUT', path, { email, role })
  changes.length = 0
  assert.equal((await put(eve.email, 'editor')).body['role'], 'editor')
  assert.deepEqual(changes, [{ userId: eve.id, spaceId: space.id }])
  assert.equal((await eve.call('GET', `/spaces/${space.id}`)).body['role'], 'editor')
  assert.equal((await put(ada.email, 'viewer')).body['code'], 'forbidden')
  assert.equal((await put(eve.email, 'owner')).body['code'], 'forbidden')
  assert.equal((await put(bob.email, 'viewer')).body['code'], 'forbidden')
  assert.equal((await put('nobody@example.org', 'viewer')).body['code'], 'not_found')
  assert.equal((await ada.call('DELETE', `${path}/${bob.id}`)).body['code'], 'forbidden')
  assert.equal((await ada.call('DELETE', `${path}/${ada.id}`)).body['code'], 'not_found')
  const refused = await eve.call('PUT', path, { email: ada.email, role: 'viewer' })
  assert.equal(refused.body['code'], 'forbidden')
  assert.equal((await ada.call('DELETE', `${path}/${eve.id}`)).status, 204)
  assert.equal((await eve.call('GET', `/spaces/${space.id}`)).status, 404)
  const events = await db.kysely
    .selectFrom('events')
    .select(['type', 'payload'])
    .where('actor_id', '=', ada.id)
    .where('space_id', '=', space.id)
    .orderBy('id')
    .execute()
  assert.deepEqual(
    events.map(({ type }) => type),
    ['member.added', 'member.removed'],
  )
  assert.ok(events.every(({ payload }) => payload['isByAdministrator'] === true))
})

test('an administrator makes an owner where the last one has left', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const [bob, eve] = [await fixture.addPerson('Bob'), await fixture.addPerson('Eve')]
  const space = await bob.createSpace('Bees')
  const path = `/admin/spaces/${space.id}/members`
  await ada.call('PATCH', `/admin/users/${bob.id}`, { isDeactivated: true })
  const made = await ada.call('PUT', path, { email: eve.email, role: 'owner' })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  assert.equal((await ada.call('DELETE', `${path}/${bob.id}`)).status, 204)
  assert.equal((await eve.call('GET', `/spaces/${space.id}`)).body['role'], 'owner')
})

test('an owner whose account is deactivated does not make another one dispensable who is there', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const [bob, eve] = [await fixture.addPerson('Bob'), await fixture.addPerson('Eve')]
  const space = await bob.createSpace('Bees')
  const path = `/admin/spaces/${space.id}/members`
  const setAway = async ({ id }: Person, isDeactivated: boolean) => {
    const answer = await ada.call('PATCH', `/admin/users/${id}`, { isDeactivated })
    assert.equal(answer.status, 200)
  }
  await setAway(bob, true)
  const made = await ada.call('PUT', path, { email: eve.email, role: 'owner' })
  assert.equal(made.status, 200)
  await setAway(bob, false)
  await setAway(eve, true)
  const demoted = await ada.call('PUT', path, { email: bob.email, role: 'viewer' })
  assert.equal(demoted.body['code'], 'forbidden')
  assert.equal((await ada.call('DELETE', `${path}/${bob.id}`)).body['code'], 'forbidden')
  // Of two who are both away, one may go.
  await setAway(bob, true)
  assert.equal((await ada.call('DELETE', `${path}/${bob.id}`)).status, 204)
  assert.equal((await ada.call('DELETE', `${path}/${eve.id}`)).body['code'], 'forbidden')
})

test('an administrator puts no service account into a space of others, whose members may', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  const space = await bob.createSpace('Bees')
  const { body: service } = await ada.call('POST', '/admin/service-accounts', { name: 'Robot' })
  const email = String(service['email'])
  const path = `/admin/spaces/${space.id}/members`
  const appointed = await ada.call('PUT', path, { email, role: 'viewer' })
  assert.equal(appointed.body['code'], 'forbidden')
  assert.equal((await bob.putMember(space.id, email, 'viewer')).status, 200)
  assert.equal((await ada.call('PUT', path, { email, role: 'editor' })).status, 403)
  assert.equal((await ada.call('DELETE', `${path}/${String(service['id'])}`)).status, 204)
})

test('nobody is put into a personal space but by its owner', async () => {
  await using fixture = await startSpaces()
  const { ada } = fixture
  const bob = await fixture.addPerson('Bob')
  await fixture.addPerson('Eve')
  const { items } = (await bob.call('GET', '/spaces')).json<Page<Space>>()
  const answer = await ada.call('PUT', `/admin/spaces/${items[0]?.id}/members`, {
    email: 'eve@example.org',
    role: 'viewer',
  })
  assert.equal(answer.body['code'], 'forbidden')
})
