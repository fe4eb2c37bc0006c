import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { replaceSigningKeys, rotateSigningKeys } from '../src/features/identity/index.ts'
import {
  openTestKeys,
  RawClient,
  startTestServer,
  testAdmin,
  TestPage,
  waitUntil,
  type TestServer,
} from '../testing/index.ts'

/** So that they can be looked at again and again until they change. */
const manyRequests = { RATE_LIMIT_PER_MINUTE: '1000000' }

async function storeOf({ db: { database } }: TestServer) {
  return { db: database, keys: await openTestKeys(database) }
}

async function listKids(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/.well-known/jwks.json`)
  const { keys } = (await answer.json()) as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

async function refresh({ url, admin }: TestServer): Promise<{ status: number; token: string }> {
  const answer = await fetch(`${url}/api/v1/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken: admin.refreshToken }),
  })
  const body = (await answer.json()) as { accessToken: string }
  return { status: answer.status, token: body.accessToken }
}

function statusBy(url: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return fetch(`${url}/api/v1/me`, { headers }).then(({ status }) => status)
}

suite('another signing key, on two servers', () => {
  test('is published by both at once, and nobody notices', async () => {
    await using server = await startTestServer({}, manyRequests)
    await using other = await server.openAnother()
    const before = await listKids(server.url)
    await rotateSigningKeys(await storeOf(server), new Date())
    for (const { url } of [server, other])
      await waitUntil('it is published', async () => (await listKids(url)).length === 2)
    assert.deepEqual((await listKids(server.url)).slice(0, 1), before)
    for (const { url } of [server, other])
      assert.equal(await statusBy(url, server.admin.accessToken), 200)
    assert.equal((await refresh(server)).status, 200)
  })

  test('in the place of one that leaked voids its tokens, and ends no session', async () => {
    await using server = await startTestServer({}, manyRequests)
    await using other = await server.openAnother()
    const nodeId = await server.admin.createText('open.md')
    const page = await TestPage.signIn(server.url, testAdmin)
    using socket = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const before = await listKids(server.url)
    assert.equal(await statusBy(other.url, server.admin.accessToken), 200)
    await replaceSigningKeys(await storeOf(server), new Date())
    for (const { url } of [server, other]) {
      await waitUntil('it has taken the place', async () => {
        const kids = await listKids(url)
        return kids.length === 1 && kids[0] !== before[0]
      })
      await waitUntil(
        'old tokens are void',
        async () => (await statusBy(url, server.admin.accessToken)) === 401,
      )
    }
    const { status, token } = await refresh(server)
    assert.equal(status, 200)
    for (const { url } of [server, other]) assert.equal(await statusBy(url, token), 200)
    assert.equal(await page.status(), 200)
    await socket.roundTrip()
  })
})
