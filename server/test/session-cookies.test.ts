import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, suite, test } from 'node:test'
import { keptAsCookie, sessionHeader } from '@cloudsync/protocol'
import { WebSocket } from 'ws'
import {
  codeOf,
  RawClient,
  startTestServer,
  testAdmin,
  TestPage,
  waitUntil,
  type TestServer,
} from '../testing/index.ts'

const friend = 'https://app.example.com'

let server: TestServer
before(async () => {
  server = await startTestServer({}, { CORS_ORIGINS: friend })
})
after(() => server[Symbol.asyncDispose]())

const openPage = () => TestPage.signIn(server.url, testAdmin)

async function countSpaces(): Promise<number> {
  return (await server.admin.get<{ items: unknown[] }>('/spaces')).items.length
}

suite('a session that a browser keeps as a cookie', () => {
  test('is what sign-in gives to a page that asks for it, and no token with it', async () => {
    const page = new TestPage(server.url)
    const answer = await page.signIn(testAdmin)
    assert.equal(answer.status, 204)
    assert.equal(await answer.text(), '')
    const { port } = new URL(server.url)
    assert.match(
      page.setCookie,
      new RegExp(
        `^cs_session_${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=7776000$`,
      ),
    )
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(await page.status(), 200)
    assert.equal((await page.send('POST', '/spaces', { body: { name: 'Mine' } })).status, 201)
  })

  test('is for this host alone, over TLS alone, where the public address is HTTPS', async () => {
    const publicUrl = 'https://files.example.com'
    await using secure = await startTestServer({}, { PUBLIC_URL: publicUrl })
    const page = await TestPage.signIn(secure.url, testAdmin, publicUrl)
    assert.match(page.setCookie, /^__Host-cs_session_\d+=[\w-]{43}; Path=\/; HttpOnly; /)
    assert.match(page.setCookie, /; Secure$/)
    assert.doesNotMatch(page.setCookie, /domain/i)
    assert.equal(await page.status(), 200)
    const bare = { cookie: (page.cookie ?? '').replace('__Host-', '') }
    assert.equal((await page.send('GET', '/me', { headers: bare })).status, 401)
    // Somebody between the browser and the server could have sent a page over plain HTTP.
    const forged = await new TestPage(secure.url).signIn(testAdmin)
    assert.equal(await codeOf(forged), 'origin_refused')
  })

  test('is not forced on programs: these get tokens, to the letter, and no cookie', async () => {
    const body = { email: testAdmin.email, password: testAdmin.password }
    const answer = await new TestPage(server.url).sendBare('POST', '/auth/sign-in', { body })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('set-cookie'), null)
    const tokens = (await answer.json()) as Record<string, unknown>
    assert.deepEqual(Object.keys(tokens), ['accessToken', 'expiresInSeconds', 'refreshToken'])
    const refreshed = await new TestPage(server.url).sendBare('POST', '/auth/refresh', {
      body: { refreshToken: tokens['refreshToken'] },
    })
    assert.equal(refreshed.status, 200)
    assert.equal(refreshed.headers.get('set-cookie'), null)
  })

  test('is stored as a hash, and nothing that is stored opens it', async () => {
    const page = await openPage()
    const { rows } = await server.db.database.pool.query<{ row: string; hash: Buffer }>(
      'SELECT to_jsonb(s)::text AS row, cookie_hash AS hash FROM sessions s WHERE cookie_hash IS NOT NULL',
    )
    assert.ok(rows.length > 0)
    for (const { row, hash } of rows) {
      assert.ok(!row.includes(page.secret))
      const thief = new TestPage(server.url)
      thief.cookie = `${page.cookie?.split('=')[0]}=${hash.toString('base64url')}`
      assert.equal(await thief.status(), 401)
    }
  })

  test('is listed, and ended from another', async () => {
    const account = { email: 'carla@example.com', password: 'the password of Carla' }
    await server.addUser('Carla')
    const [page, other] = [
      await TestPage.signIn(server.url, account),
      await TestPage.signIn(server.url, account),
    ]
    const answer = await page.send('GET', '/account/sessions')
    const { items } = (await answer.json()) as { items: { id: string; isCurrent: boolean }[] }
    assert.equal(items.filter(({ isCurrent }) => isCurrent).length, 1)
    assert.equal((await page.send('DELETE', '/account/sessions')).status, 204)
    assert.equal(await other.status(), 401)
    assert.equal(await page.status(), 200)
  })
})

suite('what a page of somebody else makes a browser send', () => {
  const own = { [sessionHeader]: keptAsCookie }
  const hostile = (): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
    'without the header': { origin: server.url },
    'with another value in it': { origin: server.url, [sessionHeader]: 'token' },
    'from another origin': { ...own, origin: 'https://evil.example' },
    'from an origin that may call with a token': { ...own, origin: friend },
    'from another port': { ...own, origin: server.url.replace(/\d+$/, '1') },
    'from a host that only begins alike': { ...own, origin: `${server.url}.evil.example` },
    'from a page without an origin': { ...own, origin: 'null' },
    'from another site, as the browser says': {
      ...own,
      origin: server.url,
      'sec-fetch-site': 'cross-site',
    },
    'from a neighbour': { ...own, 'sec-fetch-site': 'same-site' },
    'from nowhere': own,
  })

  test('changes nothing', async () => {
    const page = await openPage()
    const before = await countSpaces()
    for (const [name, headers] of Object.entries(hostile())) {
      const answer = page.sendBare('POST', '/spaces', { headers, body: { name: 'Evil' } })
      assert.equal((await answer).status, 403, name)
      assert.equal(await codeOf(answer), 'origin_refused', name)
      assert.equal((await page.sendBare('DELETE', '/account/sessions', { headers })).status, 403)
    }
    const form = { 'content-type': 'text/plain', origin: 'https://evil.example' }
    assert.equal((await page.sendBare('POST', '/spaces', { headers: form, body: {} })).status, 403)
    assert.equal(await countSpaces(), before)
    for (const headers of [
      { ...own, 'sec-fetch-site': 'same-origin' },
      { ...own, origin: page.url },
    ])
      assert.equal(
        (await page.sendBare('POST', '/spaces', { headers, body: { name: 'Ours' } })).status,
        201,
      )
  })

  test('signs nobody in, so that nobody works in an account that is not theirs', async () => {
    for (const [name, headers] of Object.entries(hostile())) {
      const page = new TestPage(server.url)
      const { email, password } = testAdmin
      const answer = await page.sendBare('POST', '/auth/sign-in', {
        headers,
        body: { email, password },
      })
      assert.equal(answer.headers.get('set-cookie'), null, name)
      const isOfPrograms = headers[sessionHeader] !== keptAsCookie
      assert.equal(answer.status, isOfPrograms ? 200 : 403, name)
    }
  })

  test('signs nobody out', async () => {
    const page = await openPage()
    for (const headers of Object.values(hostile())) {
      const answer = await page.sendBare('POST', '/auth/sign-out', { headers })
      assert.ok([401, 403].includes(answer.status))
      assert.equal(answer.headers.get('set-cookie'), null)
    }
    assert.equal(await page.status(), 200)
  })

  test('reads nothing, where the browser tells', async () => {
    const page = await openPage()
    for (const site of ['cross-site', 'same-site']) {
      const answer = page.sendBare('GET', '/me', { headers: { 'sec-fetch-site': site } })
      assert.equal(await codeOf(answer), 'origin_refused', site)
    }
    for (const site of ['same-origin', 'none'])
      assert.equal(
        (await page.sendBare('GET', '/me', { headers: { 'sec-fetch-site': site } })).status,
        200,
        site,
      )
  })

  test('is told nothing of a session by an answer that another origin may read', async () => {
    const page = await openPage()
    const answer = await page.sendBare('GET', '/me', { headers: { origin: friend } })
    assert.equal(answer.headers.get('access-control-allow-credentials'), null)
  })
})

suite('credentials that do not fit', () => {
  test('a bad token is not made good by a good cookie, whatever its scheme', async () => {
    const page = await openPage()
    for (const authorization of ['Bearer a.b.c', 'Bearer', 'Basic YTpi']) {
      const answer = await page.send('GET', '/me', { headers: { authorization } })
      assert.equal(answer.status, 401, authorization)
    }
    assert.equal(await page.status(), 200)
  })

  test('of a token and a cookie the token tells who it is', async () => {
    const bob = await server.addUser('Bob')
    const page = await openPage()
    const headers = { authorization: `Bearer ${bob.accessToken}` }
    const answer = await page.send('GET', '/me', { headers })
    assert.equal(((await answer.json()) as { name: string }).name, 'Bob')
  })

  test('a token is no cookie, and a cookie is no token', async () => {
    const page = await openPage()
    const name = page.cookie?.split('=')[0]
    const program = await server.admin.withToken(['files:read'])
    const tokens = [
      server.admin.accessToken,
      server.admin.refreshToken,
      program.caller.accessToken,
      `${page.secret}x`,
      page.secret.slice(1),
      '',
    ]
    for (const token of tokens) {
      const thief = new TestPage(server.url)
      thief.cookie = `${name}=${token}`
      assert.equal(await thief.status(), 401, token)
    }
    const bearer = { authorization: `Bearer ${page.secret}` }
    assert.equal(
      (await new TestPage(server.url).send('GET', '/me', { headers: bearer })).status,
      401,
    )
    const refresh = new TestPage(server.url).sendBare('POST', '/auth/refresh', {
      body: { refreshToken: page.secret },
    })
    assert.equal((await refresh).status, 401)
  })

  test('a cookie is found among others, and is one of two of the same name', async () => {
    const page = await openPage()
    const crowd = { cookie: `a=b; ${page.cookie}; c="d; e"` }
    assert.equal((await page.send('GET', '/me', { headers: crowd })).status, 200)
    const similar = { cookie: `x${page.cookie}` }
    assert.equal((await page.send('GET', '/me', { headers: similar })).status, 401)
  })
})

suite('the end of a session that is kept as a cookie', () => {
  test('comes by signing out, for all tabs, and the browser is told to forget it', async () => {
    const page = await openPage()
    const tab = new TestPage(server.url)
    tab.cookie = page.cookie
    assert.equal((await page.send('POST', '/auth/sign-out')).status, 204)
    assert.match(page.setCookie, /^cs_session_\d+=; .*HttpOnly.*; Max-Age=0$/)
    assert.equal(await tab.status(), 401)
    const change = tab.send('POST', '/spaces', { body: { name: 'Late' } })
    assert.equal((await change).status, 401)
  })

  test('keeps nobody from signing in anew, nor from signing out once more', async () => {
    const page = await openPage()
    const { cookie } = page
    await page.send('POST', '/auth/sign-out')
    page.cookie = cookie
    assert.equal((await page.send('POST', '/auth/sign-out')).status, 204)
    page.cookie = cookie
    assert.equal((await page.signIn(testAdmin)).status, 204)
    assert.notEqual(page.cookie, cookie)
    assert.equal(await page.status(), 200)
  })

  test('a cookie that was chosen before the sign-in is worth nothing after it', async () => {
    const name = (await openPage()).cookie?.split('=')[0]
    const page = new TestPage(server.url)
    const chosen = `${name}=${'A'.repeat(43)}`
    page.cookie = chosen
    assert.equal((await page.signIn(testAdmin)).status, 204)
    assert.notEqual(page.cookie, chosen)
    page.cookie = chosen
    assert.equal(await page.status(), 401)
  })

  test('each sign-in makes another session, and that of before in this browser is over', async () => {
    const page = await openPage()
    const sessionId = async () => {
      const answer = await page.send('GET', '/account/sessions')
      const { items } = (await answer.json()) as { items: { id: string; isCurrent: boolean }[] }
      return items.find(({ isCurrent }) => isCurrent)?.id
    }
    const before = { cookie: page.cookie, id: await sessionId() }
    assert.equal((await page.signIn(testAdmin)).status, 204)
    assert.notEqual(page.cookie, before.cookie)
    assert.notEqual(await sessionId(), before.id)
    page.cookie = before.cookie
    assert.equal(await page.status(), 401)
  })
})

suite('a live socket of a page', () => {
  async function openSocket(page: TestPage, nodeId: string, headers: Record<string, string>) {
    const url = `${page.url.replace('http', 'ws')}/live`
    const socket = new WebSocket(url, { headers: { cookie: page.cookie ?? '', ...headers } })
    await once(socket, 'open')
    const client = RawClient.over(socket, `text:${nodeId}`)
    client.authenticate(keptAsCookie)
    await waitUntil('it is answered', () => client.frames.some(({ type }) => type === 2))
    return client
  }
  /** 2: authenticated, 1: denied. */
  const answerTo = (client: RawClient) =>
    client.frames.find(({ type }) => type === 2)?.body[0] === 2 ? 'in' : 'denied'

  test('is opened by the cookie that comes with it, and closed when the session ends', async () => {
    const nodeId = await server.admin.createText('by-cookie.md')
    const page = await openPage()
    using client = await openSocket(page, nodeId, { origin: server.url })
    assert.equal(answerTo(client), 'in')
    const at = performance.now()
    await page.send('POST', '/auth/sign-out')
    assert.equal((await client.closed).reason, 'signed_out')
    // At once by design; what nobody is told of is found out much later than this.
    assert.ok(performance.now() - at < 5_000)
  })

  test('is not opened by a cookie from a page of another origin, even one that may come with a token', async () => {
    const nodeId = await server.admin.createText('not-by-cookie.md')
    const page = await openPage()
    for (const headers of [{ origin: friend }, {}] as Record<string, string>[]) {
      using client = await openSocket(page, nodeId, headers)
      assert.equal(answerTo(client), 'denied')
    }
    using none = await openSocket(new TestPage(server.url), nodeId, { origin: server.url })
    assert.equal(answerTo(none), 'denied')
  })
})
