import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  guestEmail,
  samples,
  SampleSpace,
  type SampleRequest,
} from '../../testing/access-samples.ts'
import { startTestServer, type TestCaller, type TestServer } from '../../testing/index.ts'

let server: TestServer
let stranger: TestCaller
let space: SampleSpace

before(async () => {
  server = await startTestServer({}, { DEV_MAILBOX: 'true' })
  const guest = await server.addUser(guestEmail.split('@')[0] ?? '')
  const host = await server.addUser('Host')
  stranger = await server.addUser('Stranger')
  space = new SampleSpace(
    host,
    await host.post<{ id: string; rootId: string }>('/spaces', { name: 'Team' }),
    {
      callerRootId: await stranger.rootId(),
      guestId: (await guest.get<{ id: string }>('/me')).id,
    },
  )
})
after(() => server[Symbol.asyncDispose]())

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** The same request about things that there are not; `undefined` when it is about nothing of others. */
function elsewhere(request: SampleRequest, own: string): SampleRequest | undefined {
  const others = new Map<string, string>()
  const replace = (text: string) =>
    text.replaceAll(uuid, (id) => {
      if (id === own) return id
      others.set(id, others.get(id) ?? crypto.randomUUID())
      return others.get(id) ?? id
    })
  const replaced = {
    ...request,
    path: replace(request.path),
    ...(request.headers ? { headers: replaceMetadata(request.headers, replace) } : {}),
    ...(request.body === undefined ? {} : { body: replaceBody(request.body, replace) }),
  }
  return others.size > 0 ? replaced : undefined
}

function replaceMetadata(
  headers: Readonly<Record<string, string>>,
  replace: (text: string) => string,
): Readonly<Record<string, string>> {
  const metadata = headers['upload-metadata']
  if (metadata === undefined) return headers
  const pairs = metadata.split(',').map((pair) => {
    const [key = '', value = ''] = pair.split(' ')
    const text = replace(Buffer.from(value, 'base64').toString())
    return `${key} ${Buffer.from(text).toString('base64')}`
  })
  return { ...headers, 'upload-metadata': pairs.join(',') }
}

function replaceBody(
  body: NonNullable<SampleRequest['body']>,
  replace: (text: string) => string,
): NonNullable<SampleRequest['body']> {
  if (typeof body === 'string') return replace(body)
  if (!(body instanceof FormData)) return body
  const form = new FormData()
  for (const [name, value] of body.entries())
    form.append(name, typeof value === 'string' ? replace(value) : value)
  return form
}

/** What an answer tells, without what is different each time. */
async function toldBy(caller: TestCaller, request: SampleRequest): Promise<unknown> {
  const answer = await caller.send(request.method, request.path, {
    ...(request.headers ? { headers: request.headers } : {}),
    ...(request.body === undefined ? {} : { body: request.body }),
  })
  const text = (await answer.text()).replaceAll(uuid, 'an id')
  const names = [...answer.headers.keys()].toSorted()
  return { status: answer.status, text, names }
}

suite('what belongs to others', () => {
  test('is answered, at every endpoint, as if it were not there', async () => {
    const faults: string[] = []
    let compared = 0
    for (const [name, sample] of Object.entries(samples)) {
      const request = await sample(space)
      const none = elsewhere(request, space.callerRootId)
      if (!none) continue
      compared += 1
      const [there, nowhere] = [await toldBy(stranger, request), await toldBy(stranger, none)]
      if (JSON.stringify(there) !== JSON.stringify(nowhere))
        faults.push(`${name}: ${JSON.stringify(there)} and ${JSON.stringify(nowhere)}`)
    }
    assert.deepEqual(faults, [])
    assert.ok(compared > 35, `${compared} endpoints were compared`)
  })

  test('is nothing among one’s own sessions, tokens and passkeys either', async () => {
    const { items } = await server.admin.get<{ items: { id: string }[] }>('/account/sessions')
    const { id: tokenId } = await server.admin.withToken(['files:read'])
    for (const [path, id] of [
      ['/account/sessions', items[0]?.id],
      ['/account/tokens', tokenId],
      ['/account/passkeys', crypto.randomUUID()],
    ])
      assert.deepEqual(
        await toldBy(stranger, { method: 'DELETE', path: `${path}/${id}` }),
        await toldBy(stranger, { method: 'DELETE', path: `${path}/${crypto.randomUUID()}` }),
      )
  })
})

/** Each from an address of its own, so that no count of another is in the way. */
let senders = 0

async function ask(path: string, body: object): Promise<unknown> {
  senders += 1
  const answer = await fetch(`${server.url}/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': `203.0.113.${senders}` },
    body: JSON.stringify(body),
  })
  const text = (await answer.text()).replaceAll(uuid, 'an id')
  const names = [...answer.headers.keys()].toSorted()
  return { status: answer.status, text, names }
}

suite('whether somebody has an account', () => {
  const unknown = 'nobody@example.com'

  test('is not told by sign-in: unknown, deactivated, of a program or with another password', async () => {
    await server.addUser('Gone')
    const { items } = await server.admin.get<{ items: { id: string; email: string }[] }>(
      '/admin/users?query=gone',
    )
    await server.admin.patch(`/admin/users/${items[0]?.id}`, { isDeactivated: true })
    const program = await server.admin.post<{ email: string }>('/admin/service-accounts', {
      name: 'Robot',
    })
    const told = new Set<string>()
    for (const email of [
      unknown,
      'ada@example.com',
      'gone@example.com',
      program.email,
      'no address',
      `${'a'.repeat(240)}@b.org`,
    ])
      told.add(JSON.stringify(await ask('sign-in', { email, password: 'the password of Gone' })))
    assert.equal(told.size, 1, [...told].join('\n'))
  })

  test('is not told by a forgotten password, nor by signing up, whatever there is to say', async () => {
    for (const path of ['password/forgot', 'sign-up']) {
      for (const mode of ['closed', 'open']) {
        await server.admin.put('/admin/sign-up-policy', JSON.stringify({ mode, domains: [] }), {
          'content-type': 'application/json',
        })
        assert.deepEqual(
          await ask(path, { email: unknown }),
          await ask(path, { email: 'ada@example.com' }),
          `${path}, ${mode}`,
        )
      }
    }
  })

  test('is not told by passkeys, links and second steps, which name nobody', async () => {
    const options = (await ask('passkeys/options', {})) as { text: string }
    assert.doesNotMatch(options.text, /allowCredentials":\[\{/)
    for (const [path, body] of [
      ['password/reset', { password: 'a long enough one' }],
      ['invitations/look', {}],
      ['verify-email', {}],
    ] as const)
      assert.deepEqual(
        await ask(path, { token: 'a'.repeat(43), ...body }),
        await ask(path, { token: 'b'.repeat(43), ...body }),
        path,
      )
  })

  test('is told to nobody but administrators by the list of people', async () => {
    assert.equal((await stranger.send('GET', '/users?query=ada')).status, 403)
    assert.equal((await stranger.send('GET', '/admin/users')).status, 403)
  })
})
