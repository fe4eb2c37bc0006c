import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { MasterKeyFile } from '../src/platform/keys/master-key-file.ts'
import { rotateMasterKey } from '../src/platform/keys/rotate-master-key.ts'
import { ageProofs } from '../testing/age-proofs.ts'
import type { CookieBrowser } from '../testing/cookie-browser.ts'
import { startTestServer, testAdmin, waitUntil } from '../testing/index.ts'
import { listEndReasons } from '../testing/list-end-reasons.ts'
import { decide, OAuthApp, openConsent } from '../testing/oauth-app.ts'
import { refusePayloads } from '../testing/refuse-payloads.ts'
import type { TestCaller } from '../testing/test-caller.ts'

/** A look at an app's request, or an answer to it. */
function send(
  { url, accessToken }: TestCaller,
  uid: string,
  browser: CookieBrowser,
  decision?: 'allow' | 'deny',
): Promise<Response> {
  return browser.send(`${url}/api/v1/oauth/interactions/${uid}/consent`, {
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    ...(decision === undefined ? {} : { method: 'POST', body: JSON.stringify({ decision }) }),
  })
}

async function tryToDecide(...request: Parameters<typeof send>): Promise<number> {
  return (await send(...request)).status
}

suite('what an app asks somebody for', () => {
  test('is decided once, also by five at once', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const { url, browser } = await app.begin('openid')
    const uid = await openConsent(url, browser)
    const decisions = ['allow', 'allow', 'deny', 'allow', 'allow'] as const
    const statuses = await Promise.all(
      decisions.map((decision) => tryToDecide(server.admin, uid, browser, decision)),
    )
    assert.equal(statuses.filter((status) => status === 200).length, 1)
    assert.equal(statuses.filter((status) => status === 410).length, 4)
    const grants = await server.db.database.kysely.selectFrom('oauth_grants').select('id').execute()
    assert.equal(grants.length, statuses[2] === 200 ? 0 : 1)
  })

  test('is allowed only by who has shown lately who they are, unless it was allowed before', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const app = await OAuthApp.register(admin)
    const ask = async (scope: string) => {
      const { url, browser } = await app.begin(scope)
      const uid = await openConsent(url, browser)
      return (decision: 'allow' | 'deny') => send(admin, uid, browser, decision)
    }
    const codeOf = async (answer: Response) => ((await answer.json()) as { code?: string }).code
    await ageProofs(server)
    const first = await ask('openid')
    assert.equal(await codeOf(await first('allow')), 'proof_required')
    assert.deepEqual((await admin.get<{ items: unknown[] }>('/me/grants')).items, [])
    await admin.post('/account/proof', { password: testAdmin.password })
    assert.equal((await first('allow')).status, 200)
    await ageProofs(server)
    const again = await ask('openid')
    assert.equal((await again('allow')).status, 200)
    const more = await ask('openid account:read')
    assert.equal(await codeOf(await more('allow')), 'proof_required')
    assert.equal((await more('deny')).status, 200)
  })

  test('is taken back when the app cannot be told that it was allowed', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const { url, browser } = await app.begin('openid')
    const uid = await openConsent(url, browser)
    await refusePayloads(server)
    assert.equal(await tryToDecide(server.admin, uid, browser, 'allow'), 500)
    assert.deepEqual((await server.admin.get<{ items: unknown[] }>('/me/grants')).items, [])
    assert.deepEqual(await listEndReasons(server), ['revoked'])
  })

  test('is seen and taken back also when somebody had none of what was asked for to give', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin, { scopes: ['admin'] })
    const bob = await server.addUser('Bob')
    const { url, browser } = await app.begin('admin')
    await decide(bob, await openConsent(url, browser), browser, 'allow')
    const { items } = await bob.get<{ items: Record<string, unknown>[] }>('/me/grants')
    assert.deepEqual(
      items.map(({ id, scopes }) => ({ id, scopes })),
      [{ id: app.id, scopes: [] }],
    )
    await bob.delete(`/me/grants/${app.id}`)
    assert.deepEqual(await listEndReasons(server), ['revoked'])
  })

  test('with a NUL in it is refused like any other that is wrong', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    for (const change of [{ state: 'a\0b' }, { nonce: '\0' }, { login_hint: '\0' }]) {
      const { url, browser } = await app.begin('openid', change)
      const answer = await browser.send(url)
      assert.equal(answer.status, 303, await answer.text())
      assert.match(answer.headers.get('location') ?? '', /error=invalid_request/)
    }
  })

  test('is decided on any server, also while the data keys are rotated', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cloudsync-keys-'))
    const file = new MasterKeyFile({ path: join(directory, 'a.key'), isMadeWhenMissing: true })
    await file.ensureKey()
    try {
      await using one = await startTestServer({}, { MASTER_KEY_FILE: file.path })
      const app = await OAuthApp.register(one.admin)
      const early = await app.begin('openid')
      const earlyUid = await openConsent(early.url, early.browser)
      const { clientConfig } = one.db.database
      await rotateMasterKey({ clientConfig, file, makesDataKey: true, deletesOldKey: false })
      await using two = await one.openAnother()
      assert.equal(await tryToDecide(two.admin, earlyUid, early.browser, 'allow'), 200)
      const registered = { id: app.id, clientSecret: app.secret }
      const there = await OAuthApp.of(two.url, registered, app.redirectUri)
      const late = await there.begin('openid')
      const lateUid = await openConsent(late.url, late.browser)
      await waitUntil(
        'the first server knows the new key',
        async () => (await tryToDecide(one.admin, lateUid, late.browser)) === 200,
      )
      assert.equal(await tryToDecide(one.admin, lateUid, late.browser, 'allow'), 200)
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
