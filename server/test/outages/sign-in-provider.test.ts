import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CookieBrowser } from '../../testing/cookie-browser.ts'
import { HostileIssuer } from '../../testing/hostile-issuer.ts'
import {
  readMetric,
  startTestServer,
  TestLink,
  waitUntil,
  type TestServer,
} from '../../testing/index.ts'

const metric = (name: string, id = 'one') => `cloudsync_breaker_${name}{name="sign-in:${id}"}`

/** Two providers: `one` behind a link that can be spoilt, and `other` straight. */
async function openWorld() {
  await using stack = new AsyncDisposableStack()
  const issuer = stack.use(await HostileIssuer.start())
  const link = stack.use(await TestLink.to(issuer.url))
  issuer.publicUrl = new URL(link.url).origin
  const other = stack.use(await HostileIssuer.start())
  other.lie = { claims: { sub: 'another', email: 'another@example.org' } }
  const settings = { clientId: 'cloudsync', accounts: 'anybody' }
  const providers = [
    { ...settings, id: 'one', name: 'One', issuer: issuer.publicUrl },
    { ...settings, id: 'other', name: 'Other', issuer: other.url },
  ]
  const oauth = { providerCalls: { timeoutMs: 3_000, breakerPauseMs: 2_000 } }
  const env = { OIDC_PROVIDERS: JSON.stringify(providers) }
  const server = stack.use(await startTestServer({ oauth }, env))
  const running = stack.move()
  return { issuer, link, other, server, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

let networks = 0

/** Each time from another network, as they are counted. */
function begin({ url }: TestServer, browser: CookieBrowser, id = 'one'): Promise<Response> {
  networks += 1
  return browser.send(`${url}/api/v1/auth/external/${id}/start`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': `10.0.${Math.floor(networks / 256)}.${networks % 256}`,
    },
    body: '{}',
  })
}

/** Begins a sign-in; gives where the provider would send the browser back to. */
async function beginAt(
  server: TestServer,
  issuer: HostileIssuer,
  browser: CookieBrowser,
  id = 'one',
): Promise<URL> {
  const answer = await begin(server, browser, id)
  assert.equal(answer.status, 200, await answer.clone().text())
  return issuer.approve(new URL(((await answer.json()) as { location: string }).location))
}

/** The page that our callback sends the browser to. */
async function comeBack(server: TestServer, browser: CookieBrowser, back: URL): Promise<URL> {
  const answer = await browser.send(back)
  assert.equal(answer.status, 303)
  return new URL(answer.headers.get('location') ?? '', server.url)
}

async function signIn(server: TestServer, issuer: HostileIssuer, id = 'one'): Promise<void> {
  const browser = new CookieBrowser()
  const page = await comeBack(server, browser, await beginAt(server, issuer, browser, id))
  assert.equal(page.searchParams.get('error'), null)
  const url = `${server.url}/api/v1/auth/external/complete`
  assert.equal((await browser.send(url, { method: 'POST' })).status, 200)
}

async function assertRefused(answer: Response): Promise<void> {
  assert.equal(answer.status, 503)
  assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  assert.equal(((await answer.json()) as { code: string }).code, 'external_unavailable')
}

/** Whoever wants to sign in is told so, until nobody is made to wait for it any more. */
async function assertLeftAlone(server: TestServer): Promise<void> {
  await waitUntil('it is left alone', async () => {
    await assertRefused(await begin(server, new CookieBrowser()))
    return (await readMetric(server, metric('refused_total'))) > 0
  })
}

async function assertUsedAgain({ issuer, server }: Awaited<ReturnType<typeof openWorld>>) {
  await waitUntil('it is used again', async () => {
    const answer = await begin(server, new CookieBrowser())
    if (answer.status === 200) return true
    await assertRefused(answer)
    return false
  })
  await signIn(server, issuer)
  assert.equal(await readMetric(server, metric('state')), 0)
}

suite('a provider that people sign in by', () => {
  for (const [what, spoil] of [
    ['falls silent', (link: TestLink) => link.silence()],
    ['refuses connections', (link: TestLink) => link.cut()],
  ] as const)
    test(`that ${what} is soon waited for by nobody, and used again when it is back`, async () => {
      await using world = await openWorld()
      const { link, server, other } = world
      await spoil(link)
      await assertLeftAlone(server)
      await signIn(server, other, 'other')
      assert.equal(await readMetric(server, metric('opened_total', 'other')), 0)
      await link.mend()
      await assertUsedAgain(world)
    })

  test('that falls silent while somebody is there says so to them, and nobody else is sent there', async () => {
    await using world = await openWorld()
    const { issuer, link, server } = world
    await signIn(server, issuer)
    const browser = new CookieBrowser()
    const back = await beginAt(server, issuer, browser)
    link.silence()
    const page = await comeBack(server, browser, back)
    assert.equal(page.pathname, '/external-sign-in')
    assert.equal(page.searchParams.get('error'), 'external_unavailable')
    assert.ok((await readMetric(server, metric('opened_total'))) > 0)
    await assertLeftAlone(server)
    await link.mend()
    await assertUsedAgain(world)
  })

  test('that answers that it is broken is left alone, and used again when it is well', async () => {
    await using world = await openWorld()
    const { issuer, server } = world
    issuer.lie = { status: 500 }
    await assertLeftAlone(server)
    issuer.lie = {}
    await assertUsedAgain(world)
  })

  test('is not taken for broken because it refuses', async () => {
    await using world = await openWorld()
    const { issuer, server } = world
    for (let time = 0; time < 8; time += 1) {
      issuer.lie = {}
      const browser = new CookieBrowser()
      const back = await beginAt(server, issuer, browser)
      issuer.lie = { status: 400 }
      const page = await comeBack(server, browser, back)
      assert.equal(page.searchParams.get('error'), 'external_sign_in_failed')
    }
    assert.equal(await readMetric(server, metric('opened_total')), 0)
    issuer.lie = {}
    await signIn(server, issuer)
  })

  test('cannot be connected with an account while it is silent', async () => {
    await using world = await openWorld()
    const { link, server } = world
    link.silence()
    await assertLeftAlone(server)
    await assertRefused(
      await server.admin.send('POST', '/me/external-identities/one/start', {
        headers: { 'content-type': 'application/json' },
        body: '{}',
      }),
    )
    await link.mend()
  })
})
