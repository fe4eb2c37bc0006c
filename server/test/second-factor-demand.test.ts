import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { codeOf, RawClient, startTestServer, TestPage, waitUntil } from '../testing/index.ts'
import { OAuthApp, openConsent } from '../testing/oauth-app.ts'
import { demandOfEverybody, turnOnTotp } from '../testing/turn-on-totp.ts'

const setUpFirst = 'second_factor_setup_required'

/** Two factors are demanded, which Ada has and Bob, who signed in before, has not. */
async function startDemanding() {
  const server = await startTestServer()
  const bob = await server.addEditor('Bob')
  await turnOnTotp(server.admin)
  return { server, bob, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

suite('to who has to set up a second factor first', () => {
  test('every endpoint is closed but those that this takes', async () => {
    await using fixture = await startDemanding()
    const { server, bob } = fixture
    await demandOfEverybody(server.admin)
    const page = await TestPage.signIn(server.url, {
      email: 'bob@example.com',
      password: 'the password of Bob',
    })
    const open: string[] = []
    for (const { method, path, access, isBeforeSecondFactor = false } of server.endpoints) {
      const name = `${method.toUpperCase()} ${path}`
      if (isBeforeSecondFactor && access !== 'public') open.push(name)
      if (isBeforeSecondFactor || access === 'public') continue
      const target = path.replaceAll(/:\w+/g, randomUUID())
      const answers = [
        await bob.send(method.toUpperCase(), target),
        await page.send(method.toUpperCase(), target),
      ]
      for (const answer of answers) {
        assert.equal(answer.status, 403, name)
        if (method !== 'head') assert.equal(await codeOf(answer), setUpFirst, name)
      }
    }
    assert.deepEqual(open.toSorted(), [
      'GET /account',
      'GET /me',
      'POST /account/passkeys',
      'POST /account/passkeys/options',
      'POST /account/proof',
      'POST /account/totp',
      'PUT /account/totp',
    ])
  })

  test('no live document and no space opens, by a token or by a ticket of before', async () => {
    await using fixture = await startDemanding()
    const { server, bob } = fixture
    const nodeId = await server.admin.createText('open.md')
    const { items } = await bob.get<{ items: { id: string }[] }>('/spaces')
    const spaceId = items.at(-1)?.id
    const isDenied = async (address: string) => {
      using client = await RawClient.connect(bob, address)
      client.authenticate(bob.accessToken)
      await waitUntil('it is answered', () => client.frames.some(({ type }) => type === 2))
      return client.frames.find(({ type }) => type === 2)?.body[0] !== 2
    }
    assert.ok(!(await isDenied(`text:${nodeId}`)))
    const document = `text:${nodeId}`
    const { ticket } = await bob.post<{ ticket: string }>('/live/tickets', { document })
    await demandOfEverybody(server.admin)
    assert.ok(await isDenied(`text:${nodeId}`))
    assert.ok(await isDenied(`space:${spaceId}`))
    const query = new URLSearchParams({ token: ticket }).toString()
    const live = server.url.replace('http', 'ws')
    const plain = new WebSocket(`${live}/live/y/${document}?${query}`)
    const [, reason] = (await once(plain, 'close')) as [number, Buffer]
    assert.equal(reason.toString(), 'signed_out')
    await turnOnTotp(bob)
    assert.ok(!(await isDenied(`text:${nodeId}`)))
    assert.ok(!(await isDenied(`space:${spaceId}`)))
  })

  test('their apps and programs wait, no app is let in, and all go on afterwards', async () => {
    await using fixture = await startDemanding()
    const { server, bob } = fixture
    const app = await OAuthApp.register(server.admin)
    const tokens = await app.signIn(bob)
    const { caller: program } = await bob.withToken(['files:read'])
    const begun = await app.begin('openid files:read', { prompt: 'consent' })
    const uid = await openConsent(begun.url, begun.browser)
    const ask = (token: string, path = '/api/v1/spaces') =>
      fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    await demandOfEverybody(server.admin)

    assert.equal(await codeOf(ask(tokens.access_token)), setUpFirst)
    assert.equal(await codeOf(ask(tokens.access_token, '/oauth/userinfo')), setUpFirst)
    assert.equal(await codeOf(program.send('GET', '/spaces')), setUpFirst)
    const consent = `${server.url}/api/v1/oauth/interactions/${uid}/consent`
    const decided = await begun.browser.send(consent, {
      method: 'POST',
      headers: { authorization: `Bearer ${bob.accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ decision: 'allow' }),
    })
    assert.equal(await codeOf(decided), setUpFirst)
    const next = await app.refresh(tokens.refresh_token)
    assert.equal(await codeOf(ask(next.access_token)), setUpFirst, 'a new one opens nothing either')

    await turnOnTotp(bob)
    assert.equal((await ask(next.access_token)).status, 200)
    assert.equal((await program.send('GET', '/spaces')).status, 200)
  })
})
