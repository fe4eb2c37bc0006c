import assert from 'node:assert/strict'
import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT, decodeJwt } from 'jose'
import { WebSocket } from 'ws'
import {
  RawClient,
  startTestServer,
  waitUntil,
  type TestCaller,
  type TestServer,
} from '../../testing/index.ts'

let server: TestServer
let admin: TestCaller
let nodeId: string

before(async () => {
  server = await startTestServer()
  admin = server.admin
  nodeId = await admin.createText('notes.md')
})
after(() => server[Symbol.asyncDispose]())

type Door = (token: string) => Promise<boolean>

/** Each way in, and whether it opens for a token. */
const doors: Readonly<Record<string, Door>> = {
  async api(token) {
    const { status } = await fetch(`${server.url}/api/v1/me`, {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.ok(status === 200 || status === 401, `${status}`)
    return status === 200
  },
  async refresh(refreshToken) {
    const { status } = await fetch(`${server.url}/api/v1/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken }),
    })
    // One that is too long to be any is told so.
    assert.ok([200, 400, 401].includes(status), `${status}`)
    return status === 200
  },
  async live(token) {
    using client = await RawClient.connect(admin, `text:${nodeId}`)
    client.authenticate(token)
    await waitUntil('the token is judged', () => client.frames.some(({ type }) => type === 2))
    return client.frames.some(({ type, body }) => type === 2 && body[0] === 2)
  },
  async yjs(token) {
    const query = new URLSearchParams({ token }).toString()
    const socket = new WebSocket(
      `${server.url.replace('http', 'ws')}/live/y/text:${nodeId}?${query}`,
    )
    socket.on('error', () => undefined)
    const outcome = Promise.withResolvers<boolean>()
    // A text that opens is answered; a door that stays shut closes the socket.
    socket.on('message', (data: Buffer) => {
      if (data[0] === 0) outcome.resolve(true)
    })
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
    void closed.then(() => outcome.resolve(false))
    socket.on('open', () => socket.send(Uint8Array.of(0, 0, 1, 0)))
    const isOpen = await outcome.promise
    socket.terminate()
    await closed
    return isOpen
  },
}

async function opened(token: string): Promise<string[]> {
  const found: string[] = []
  for (const [name, door] of Object.entries(doors)) if (await door(token)) found.push(name)
  return found
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

suite('a token', () => {
  test('opens the door that it was made for, and no other', async () => {
    const { caller: program } = await admin.withToken(['account:read', 'files:read'])
    const { ticket } = await admin.post<{ ticket: string }>('/live/tickets', {
      document: `text:${nodeId}`,
    })
    assert.deepEqual(await opened(admin.accessToken), ['api', 'live'])
    assert.deepEqual(await opened(program.accessToken), ['api', 'live'])
    assert.deepEqual(await opened(ticket), ['yjs'])
    assert.deepEqual(await opened(admin.refreshToken), ['refresh'])
  })

  test('of another installation opens nothing here', async () => {
    await using other = await startTestServer()
    const foreignId = await other.admin.createText('notes.md')
    const { ticket } = await other.admin.post<{ ticket: string }>('/live/tickets', {
      document: `text:${foreignId}`,
    })
    const { caller: program } = await other.admin.withToken(['files:read'])
    for (const token of [
      other.admin.accessToken,
      other.admin.refreshToken,
      program.accessToken,
      ticket,
    ])
      assert.deepEqual(await opened(token), [])
  })

  test('that is signed with what is published, with nothing, or with a key that it brings, opens nothing', async () => {
    const { keys } = (await (await fetch(`${server.url}/.well-known/jwks.json`)).json()) as {
      keys: (JsonWebKey & { kid: string })[]
    }
    const [jwk] = keys
    assert.ok(jwk)
    const claims = decodeJwt(admin.accessToken)
    const payload = encode(claims)
    const forged: string[] = []
    for (const alg of ['none', 'None', 'NONE']) {
      const head = encode({ alg, typ: 'at+jwt', kid: jwk.kid })
      forged.push(`${head}.${payload}.`, `${head}.${payload}.${'A'.repeat(86)}`)
    }
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    for (const secret of [pem, JSON.stringify(jwk), '']) {
      const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: jwk.kid })}.${payload}`
      forged.push(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`)
    }
    const own = await generateKeyPair('ES256', { extractable: true })
    const ownJwk = await exportJWK(own.publicKey)
    for (const kid of [jwk.kid, '../../../../dev/null', "' OR 1=1 --", 'refresh-token-successors'])
      for (const typ of ['at+jwt', 'cloudsync-live-ticket+jwt'])
        forged.push(
          await new SignJWT(claims)
            .setProtectedHeader({
              alg: 'ES256',
              typ,
              kid,
              jwk: ownJwk,
              jku: `${server.url}/a.json`,
            })
            .sign(own.privateKey),
        )
    for (const token of forged) assert.deepEqual(await opened(token), [], token)
  })

  test('opens nothing any more when its session has ended, whichever of its kinds it is', async () => {
    const bob = await server.addEditor('Bob')
    const { ticket } = await bob.post<{ ticket: string }>('/live/tickets', {
      document: `text:${nodeId}`,
    })
    assert.deepEqual(await opened(ticket), ['yjs'])
    const ended = await fetch(`${server.url}/api/v1/auth/sign-out`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken: bob.refreshToken }),
    })
    assert.equal(ended.status, 204)
    for (const token of [bob.accessToken, bob.refreshToken, ticket])
      assert.deepEqual(await opened(token), [])
  })

  test('of one document opens no other', async () => {
    const otherId = await admin.createText('others.md')
    const { ticket } = await admin.post<{ ticket: string }>('/live/tickets', {
      document: `text:${otherId}`,
    })
    assert.deepEqual(await opened(ticket), [])
  })
})
