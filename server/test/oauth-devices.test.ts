import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as client from 'openid-client'
import { ageProofs } from '../testing/age-proofs.ts'
import { OAuthApp } from '../testing/oauth-app.ts'
import { refusePayloads } from '../testing/refuse-payloads.ts'
import { startTestServer, testAdmin, type TestServer } from '../testing/index.ts'

function openCommandLine({ url }: TestServer): Promise<OAuthApp> {
  const registered = { id: 'cloudsync-cli', clientSecret: null }
  return OAuthApp.of(url, registered, 'http://127.0.0.1/callback')
}

async function begin(server: TestServer) {
  const app = await openCommandLine(server)
  const scope = 'openid account:read files:write'
  const device = await client.initiateDeviceAuthorization(app.configuration, { scope })
  const poll = () =>
    client.pollDeviceAuthorizationGrant(app.configuration, { ...device, interval: 0.01 })
  return { app, device, poll }
}

suite('the command line signs in by a device code', () => {
  test('gets tokens once somebody has typed its code and agreed', async () => {
    await using server = await startTestServer()
    const { app, device, poll } = await begin(server)
    assert.equal(device.verification_uri, `${server.url}/device`)
    assert.match(device.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    const polling = poll()
    const userCode = device.user_code.toLowerCase().replace('-', ' ')
    const asked = await server.admin.post<{ client: object; scopes: string[] }>(
      '/oauth/device-codes/look',
      { userCode },
    )
    assert.deepEqual(asked.scopes, ['openid', 'account:read', 'files:write'])
    assert.equal((asked.client as { name: string }).name, 'CloudSync command line')
    await decide(server, userCode, 'allow')
    const tokens = await polling
    const me = await fetch(`${server.url}/api/v1/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    assert.equal(me.status, 200)
    const next = await app.refresh(tokens.refresh_token)
    assert.notEqual(next.refresh_token, tokens.refresh_token)
  })

  test('is told that somebody has refused', async () => {
    await using server = await startTestServer()
    const { device, poll } = await begin(server)
    await decide(server, device.user_code, 'deny')
    await assert.rejects(poll(), { error: 'access_denied' })
  })

  test('is let in only by who has shown lately who they are', async () => {
    await using server = await startTestServer()
    const { device, poll } = await begin(server)
    await ageProofs(server)
    const body = { userCode: device.user_code, decision: 'allow' }
    const refused = await post(server, 'decide', body)
    assert.equal(((await refused.json()) as { code: string }).code, 'proof_required')
    await server.admin.post('/account/proof', { password: testAdmin.password })
    await decide(server, device.user_code, 'allow')
    assert.ok((await poll()).access_token)
  })

  test('a code is decided once, and worth tokens once', async () => {
    await using server = await startTestServer()
    const { device, poll } = await begin(server)
    await decide(server, device.user_code, 'allow')
    const results = await Promise.allSettled([poll(), poll(), poll()])
    assert.ok(results.filter(({ status }) => status === 'fulfilled').length <= 1)
    const again = await post(server, 'decide', { userCode: device.user_code, decision: 'allow' })
    assert.equal(again.status, 404)
  })

  test('what was allowed and cannot be told to the device is taken back', async () => {
    await using server = await startTestServer()
    const { device } = await begin(server)
    await refusePayloads(server)
    const answer = await post(server, 'decide', { userCode: device.user_code, decision: 'allow' })
    assert.equal(answer.status, 500)
    assert.deepEqual((await server.admin.get<{ items: unknown[] }>('/me/grants')).items, [])
  })

  test('nobody may try many codes', async () => {
    await using server = await startTestServer()
    const { device } = await begin(server)
    const statuses = []
    for (let tries = 0; tries < 6; tries++)
      statuses.push((await post(server, 'look', { userCode: `BBBB-BBB${'BCDFGH'[tries]}` })).status)
    assert.deepEqual(statuses, [404, 404, 404, 404, 404, 429])
    // Nor go on with the right one.
    assert.equal((await post(server, 'look', { userCode: device.user_code })).status, 429)
    const bob = await server.addUser('Bob')
    await bob.post('/oauth/device-codes/look', { userCode: device.user_code })
  })
})

function post(server: TestServer, what: string, body: object): Promise<Response> {
  return server.admin.send('POST', `/oauth/device-codes/${what}`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function decide(server: TestServer, userCode: string, decision: string): Promise<void> {
  const answer = await post(server, 'decide', { userCode, decision })
  assert.equal(answer.status, 204, await answer.text())
}
