import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  guestEmail,
  samples,
  SampleSpace,
  type SampleRequest,
} from '../../testing/access-samples.ts'
import { startTestServer, TestLink, type TestCaller, type TestServer } from '../../testing/index.ts'

const json = { 'content-type': 'application/json' }
const ofStrangers: readonly SampleRequest[] = [
  {
    method: 'POST',
    path: '/auth/sign-in',
    headers: json,
    body: '{"email":"ada@example.com","password":"correct horse battery"}',
  },
  { method: 'POST', path: '/auth/refresh', headers: json, body: '{"refreshToken":"nobodys"}' },
  { method: 'POST', path: '/auth/password/forgot', headers: json, body: `{"email":"a@b.example"}` },
]

async function openSpace(server: TestServer): Promise<SampleSpace> {
  const { admin } = server
  const guest = await server.addUser(guestEmail.split('@')[0] ?? '')
  const { id: guestId } = await guest.get<{ id: string }>('/me')
  const space = await admin.post<{ id: string; rootId: string }>('/spaces', { name: 'Team' })
  return new SampleSpace(admin, space, { callerRootId: await admin.rootId(), guestId })
}

/** What is wrong with how a request was answered, if anything. */
async function findFault(caller: TestCaller, request: SampleRequest): Promise<string | undefined> {
  const { method, path, headers = {}, body = null } = request
  const since = performance.now()
  const answer = await caller.send(method, path, { headers, body })
  const text = await answer.text()
  const tookMs = performance.now() - since
  const isClear = answer.status < 500 || (answer.status === 503 && saysUnavailable(method, text))
  return isClear && tookMs < 30_000
    ? undefined
    : `${method} ${path}: ${answer.status} ${text} after ${tookMs} ms`
}

/** The answer to a HEAD has no body to say it in. */
function saysUnavailable(method: string, text: string): boolean {
  return method === 'HEAD' || (JSON.parse(text) as { code?: string }).code === 'unavailable'
}

for (const [what, spoil] of [
  ['goes away', (link: TestLink) => link.cut()],
  ['falls silent', (link: TestLink) => link.silence()],
] as const)
  test(`every endpoint says clearly that it cannot, or does it, when the database ${what} under it`, async () => {
    await using stack = new AsyncDisposableStack()
    let link: TestLink | undefined
    const databaseVia = async (url: string) => {
      link = stack.use(await TestLink.to(url))
      return link.url
    }
    await using server = await startTestServer({}, {}, { databaseVia })
    const space = await openSpace(server)
    const requests: SampleRequest[] = [...ofStrangers]
    for (const sample of Object.values(samples)) requests.push(await sample(space))
    // Who they are is known for a second, so that the database is missed by what comes after.
    await server.admin.get('/me')
    assert.ok(link)
    await spoil(link)
    const faults = await Promise.all(requests.map((request) => findFault(server.admin, request)))
    assert.deepEqual(
      faults.filter((fault) => fault !== undefined),
      [],
    )
    await link.mend()
    await waitForService(server)
  })

async function waitForService({ admin }: TestServer): Promise<void> {
  for (;;) {
    const answer = await admin.send('GET', '/me')
    if (answer.ok) return
    assert.equal(answer.status, 503)
  }
}
