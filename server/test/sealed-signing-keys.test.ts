import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { rotateSigningKeys } from '../src/features/identity/index.ts'
import { openPrivateKey } from '../src/features/identity/signing-key-seals.ts'
import { sealedSigningKeys } from '../src/platform/db/migrations/0017-sealed-signing-keys.ts'
import { openKeyRing } from '../src/platform/keys/key-ring.ts'
import { MasterKeyFile } from '../src/platform/keys/master-key-file.ts'
import { rotateMasterKey } from '../src/platform/keys/rotate-master-key.ts'
import {
  openTestKeys,
  startTestServer,
  testAdmin,
  TestPage,
  waitUntil,
  type TestServer,
} from '../testing/index.ts'

/** The private parts by their names, as whoever has the master key reads them. */
async function openKeys({ db: { database } }: TestServer) {
  const keys = await openTestKeys(database)
  const rows = await database.kysely.selectFrom('signing_keys').selectAll().orderBy('kid').execute()
  return Promise.all(rows.map(async (row) => [row.kid, await openPrivateKey(keys, row)] as const))
}

/** What the table holds, as text; bytes are in hex. */
async function dump({ db: { database } }: TestServer): Promise<string> {
  const { rows } = await database.pool.query<{ line: string }>(
    'SELECT k::text AS line FROM signing_keys k',
  )
  return rows.map(({ line }) => line).join('\n')
}

async function assertSealed(server: TestServer): Promise<void> {
  const text = await dump(server)
  for (const [kid, { d, k }] of await openKeys(server)) {
    const secret = String(d ?? k)
    assert.equal(secret.length, 43)
    assert.ok(text.includes(kid))
    for (const form of [secret, Buffer.from(secret).toString('hex')])
      assert.ok(!text.includes(form), kid)
  }
}

/** Makes the database what the version before has left, and the migration behind it found. */
async function undoSeals({ db: { database } }: TestServer): Promise<void> {
  const keys = await openTestKeys(database)
  const rows = await database.kysely.selectFrom('signing_keys').selectAll().execute()
  for (const row of rows)
    await database.pool.query(
      `UPDATE signing_keys SET private_jwk = $1, sealed = NULL, key_id = NULL WHERE kid = $2`,
      [JSON.stringify(await openPrivateKey(keys, row)), row.kid],
    )
  await database.pool.query(`
    ALTER TABLE signing_keys DROP COLUMN sealed, DROP COLUMN key_id,
      ALTER COLUMN private_jwk SET NOT NULL`)
  // By itself: those that came after it are there.
  await database.pool.query(sealedSigningKeys.sql)
}

async function listKids(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/.well-known/jwks.json`)
  return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
}

/** Whether who signed in before is known still: by the token, the refresh token and the cookie. */
async function assertSignedIn(
  url: string,
  { admin }: Pick<TestServer, 'admin'>,
  cookie: string | undefined,
): Promise<void> {
  const headers = { authorization: `Bearer ${admin.accessToken}` }
  assert.equal((await fetch(`${url}/api/v1/me`, { headers })).status, 200)
  const refreshed = await fetch(`${url}/api/v1/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken: admin.refreshToken }),
  })
  assert.equal(refreshed.status, 200)
  const page = new TestPage(url)
  // The port is part of its name.
  page.cookie = cookie?.replace(new URL(admin.url).port, new URL(url).port)
  assert.equal(await page.status(), 200)
}

suite('private signing keys', () => {
  test('lie sealed in the database', async () => {
    await using server = await startTestServer()
    await assertSealed(server)
  })

  test('that a version before has left plain go on to count, and are sealed when servers start', async () => {
    await using server = await startTestServer()
    const { cookie } = await TestPage.signIn(server.url, testAdmin)
    const kids = await listKids(server.url)
    const before = await openKeys(server)
    await server.stop()
    await undoSeals(server)
    const text = await dump(server)
    for (const [, { d, k }] of before) assert.ok(text.includes(String(d ?? k)))
    await using stack = new AsyncDisposableStack()
    const started = await Promise.all([server.openAnother(), server.openAnother()])
    for (const each of started) stack.use(each)
    await assertSealed(server)
    assert.deepEqual(await openKeys(server), before)
    for (const { url } of started) assert.deepEqual(await listKids(url), kids)
    await assertSignedIn(started[0].url, server, cookie)
  })

  test('stay what they are when the master key is rotated; the next is sealed with the new data key', async () => {
    await using stack = new AsyncDisposableStack()
    const directory = await mkdtemp(join(tmpdir(), 'cs-signing-'))
    stack.defer(() => rm(directory, { recursive: true }))
    const path = join(directory, 'master.key')
    await writeFile(path, randomBytes(32).toString('hex'))
    const file = new MasterKeyFile({ path, isMadeWhenMissing: false })
    const server = stack.use(
      await startTestServer(
        {},
        // So that the keys can be looked at again and again until they change.
        { MASTER_KEY_FILE: path, RATE_LIMIT_PER_MINUTE: '1000000' },
      ),
    )
    const { database } = server.db
    const { cookie } = await TestPage.signIn(server.url, testAdmin)
    const [first] = await listKids(server.url)
    await rotateMasterKey({
      clientConfig: database.clientConfig,
      file,
      makesDataKey: true,
      deletesOldKey: true,
    })
    await rotateSigningKeys({ db: database, keys: await openKeyRing(database, file) }, new Date())
    // The server that runs finds the new data key by itself.
    await waitUntil('it is published', async () => (await listKids(server.url)).length === 2)
    const rows = await database.kysely
      .selectFrom('signing_keys')
      .select(['kid', 'key_id'])
      .where('algorithm', '=', 'ES256')
      .orderBy('signs_from')
      .execute()
    assert.deepEqual(
      rows.map(({ key_id: keyId }) => keyId),
      [1, 2],
    )
    assert.equal(rows[0]?.kid, first)
    await server.stop()
    const again = stack.use(await server.openAnother())
    assert.equal((await listKids(again.url)).length, 2)
    await assertSignedIn(again.url, server, cookie)
  })
})
