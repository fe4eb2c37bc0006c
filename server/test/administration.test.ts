import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { AdminSession, Group, GroupMember, InstallationKeys, Page } from '@cloudsync/protocol'
import { rotateSigningKeys } from '#features/identity/index.ts'
import { openPrivateKey } from '../src/features/identity/signing-key-seals.ts'
import { openTestKeys, startTestServer, type TestServer } from '../testing/index.ts'
import { OAuthApp } from '../testing/oauth-app.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({}, { DEFAULT_SPACE_QUOTA: '10GB', TRASH_RETENTION: '14' })
})
after(() => server[Symbol.asyncDispose]())

suite('keys', () => {
  test('are listed by name and age, and never shown', async () => {
    const { admin } = server
    const { dataKeys, signingKeys } = await admin.get<InstallationKeys>('/admin/keys')
    assert.equal(dataKeys.length, 1)
    assert.equal(dataKeys[0]?.isCurrent, true)
    assert.match(dataKeys[0].masterFingerprint, /^[0-9a-f]+$/)
    assert.deepEqual(
      signingKeys.map(({ state }) => state),
      ['current'],
    )
    const text = await admin.text('/admin/keys')
    const { database } = server.db
    const { rows } = await database.pool.query<{ secret: string }>(`
      SELECT encode(sealed, 'hex') AS secret FROM signing_keys
      UNION ALL SELECT encode(wrapped, 'hex') FROM data_keys`)
    assert.equal(rows.length, 3)
    const keys = await openTestKeys(database)
    const opened = await database.kysely.selectFrom('signing_keys').selectAll().execute()
    for (const row of opened) {
      const { d, k } = await openPrivateKey(keys, row)
      rows.push({ secret: String(d ?? k) })
    }
    for (const { secret } of rows) assert.ok(!text.includes(secret))
    assert.ok(!text.includes('refresh-token-successors'))
  })

  test('that sign next are told from the one that signs', async () => {
    const { admin, db } = server
    const { database } = db
    const keys = await openTestKeys(database)
    await rotateSigningKeys({ db: database, keys }, new Date())
    const { signingKeys } = await admin.get<InstallationKeys>('/admin/keys')
    assert.deepEqual(
      signingKeys.map(({ state }) => state),
      ['current', 'next'],
    )
    assert.ok(Date.parse(signingKeys[1]?.signsFrom ?? '') > Date.now())
  })
})

test('what holds in new spaces is told as the settings say it', async () => {
  assert.deepEqual(await server.admin.get('/admin/space-defaults'), {
    quotaBytes: 10_000_000_000,
    trashDays: 14,
  })
})

test('groups and their members are found by a part of their names', async () => {
  const { admin } = server
  const names = async (path: string) =>
    (await admin.get<Page<Group | GroupMember>>(path)).items.map(({ name }) => name)
  const { id } = await admin.post<Group>('/admin/groups', { name: 'Night watch' })
  await admin.post<Group>('/admin/groups', { name: '100 % day' })
  for (const name of ['nora', 'noah', 'eve']) {
    const user = await server.addUser(name)
    const me = await user.get<{ id: string }>('/me')
    await admin.send('PUT', `/admin/groups/${id}/members/${me.id}`)
  }
  assert.deepEqual(await names('/groups?query=WATCH'), ['Night watch'])
  assert.deepEqual(await names('/groups?query=%25'), ['100 % day'])
  assert.deepEqual(await names('/groups?query=nobody'), [])
  const members = `/admin/groups/${id}/members`
  assert.deepEqual((await names(members)).toSorted(), ['eve', 'noah', 'nora'])
  assert.deepEqual((await names(`${members}?query=NO`)).toSorted(), ['noah', 'nora'])
  assert.deepEqual(await names(`${members}?query=eve%40example`), ['eve'])
})

test('nobody adds themselves to a group by administering', async () => {
  const { admin } = server
  const { id: ownId } = await admin.get<{ id: string }>('/me')
  const { id } = await admin.post<Group>('/admin/groups', { name: 'Readers' })
  const refused = await admin.send('PUT', `/admin/groups/${id}/members/${ownId}`)
  assert.equal(refused.status, 403)
  assert.deepEqual((await admin.get<Page<GroupMember>>(`/admin/groups/${id}/members`)).items, [])
})

test('the session of an app is named by the app', async () => {
  const { admin } = server
  const app = await OAuthApp.register(admin)
  await app.signIn(await server.addUser('zoe'))
  const { items } = await admin.get<Page<AdminSession>>('/admin/sessions?query=zoe')
  assert.deepEqual(
    items.map(({ kind, appName, tokenName }) => [kind, appName, tokenName]),
    [
      ['token', 'Paper Tiger', null],
      ['sign_in', null, null],
    ],
  )
})
