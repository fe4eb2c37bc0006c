import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import {
  createClient,
  isCloudSyncError,
  isSignedOut,
  MemoryTokenStore,
  OAuthError,
  signInWithDevice,
  signInWithPassword,
  systemClock,
  type Fetch,
  type StoredTokens,
  type TokenStore,
} from '@cloudsync/client'
import { FileTokenStore } from '@cloudsync/client/node'
import { startTestServer, testAdmin } from '../../server/testing/index.ts'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'

const server = sharedByTests(await startTestServer())
const { url } = server
const fetchPlainly = fetch

/** By which every access token that was given until now has expired, and none that is given from then on. */
const later = { ...systemClock, now: () => Date.now() + 11 * 60_000 }
const wide = Array.from({ length: 20 }, (_, index) => index)

async function signIn(tokens: TokenStore): Promise<StoredTokens> {
  await signInWithPassword({ url, ...testAdmin, tokens })
  const kept = await tokens.load()
  assert.ok(kept)
  return kept
}

/** Counts the renewals, and does what `also` says to each request. */
function counting(also: (path: string, send: () => Promise<Response>) => Promise<Response>) {
  const counted = { renewals: 0 }
  const send: Fetch = (address, init) => {
    const { pathname } = new URL(address)
    if (pathname === '/api/v1/auth/refresh' || pathname === '/oauth/token') counted.renewals++
    return also(pathname, () => fetch(address, init))
  }
  return { counted, fetch: send }
}

const openFolder = () => mkdtemp(join(tmpdir(), 'cloudsync-tokens-'))

suite('a sign-in renews itself', () => {
  test('once, however many requests need it at the same moment', async () => {
    const tokens = new MemoryTokenStore()
    const first = await signIn(tokens)
    const { counted, fetch } = counting((_, send) => send())
    const client = createClient({ url, credentials: { tokens }, clock: later, fetch })
    const answers = await Promise.all(wide.map(() => client.me()))
    assert.ok(answers.every(({ email }) => email === testAdmin.email))
    assert.equal(counted.renewals, 1)
    assert.notEqual((await tokens.load())?.refreshToken, first.refreshToken)
  })

  test('once, in twenty programs that share a file', async () => {
    const path = join(await openFolder(), 'deep', 'sign-in.json')
    await signIn(new FileTokenStore(path))
    const { counted, fetch } = counting((_, send) => send())
    const clients = wide.map(() => {
      const credentials = { tokens: new FileTokenStore(path) }
      return createClient({ url, credentials, clock: later, fetch })
    })
    await Promise.all(clients.map((client) => client.me()))
    assert.equal(counted.renewals, 1)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(join(path, '..')), ['sign-in.json'])
  })

  test('in twenty programs that cannot wait for one another, and is lost to none', async () => {
    const shared = new MemoryTokenStore()
    await signIn(shared)
    // Each has read the same token before any has renewed it.
    const stores = await Promise.all(
      wide.map(async () => new MemoryTokenStore(await shared.load())),
    )
    const clients = stores.map((tokens) =>
      createClient({ url, credentials: { tokens }, clock: later }),
    )
    await Promise.all(clients.map((client) => client.me()))
    const kept = await Promise.all(stores.map((store) => store.load()))
    assert.equal(new Set(kept.map((tokens) => tokens?.refreshToken)).size, 1)
    await Promise.all(clients.map((client) => client.me()))
  })

  test('and has the next token on the disk before anything is asked with it', async () => {
    const inner = new MemoryTokenStore()
    await signIn(inner)
    let isSaved = true
    const tokens: TokenStore = {
      load: () => inner.load(),
      async save(next) {
        isSaved = false
        await new Promise((resolve) => setImmediate(resolve))
        await inner.save(next)
        isSaved = true
      },
    }
    const { counted, fetch } = counting((_, send) => {
      assert.ok(isSaved)
      return send()
    })
    const client = createClient({ url, credentials: { tokens }, clock: later, fetch })
    await Promise.all(wide.map(() => client.me()))
    assert.equal(counted.renewals, 1)
  })

  test('also where the answer to the renewal got lost', async () => {
    const tokens = new MemoryTokenStore()
    await signIn(tokens)
    let isLost = false
    const { counted, fetch } = counting(async (path, send) => {
      const answer = await send()
      if (path !== '/api/v1/auth/refresh' || isLost) return answer
      isLost = true
      throw new TypeError('the line broke')
    })
    const client = createClient({ url, credentials: { tokens }, clock: later, fetch })
    assert.equal((await client.me()).email, testAdmin.email)
    assert.equal(counted.renewals, 2)
  })

  test('soon enough where the answer does not come, since it is given again for 20 seconds only', async () => {
    const tokens = new MemoryTokenStore()
    await signIn(tokens)
    let isSwallowed = false
    let waitedMs = 0
    const send: Fetch = async (address, init) => {
      const answer = await fetch(address, init)
      if (isSwallowed || !address.endsWith('/auth/refresh')) return answer
      isSwallowed = true
      return new Promise((_, reject) => {
        init.signal?.addEventListener('abort', () => reject(new Error('aborted')))
      })
    }
    // Time passes at once, but is counted.
    const clock = {
      now: () => Date.now() + 11 * 60_000 + waitedMs,
      async delay(ms: number, signal?: AbortSignal) {
        await systemClock.delay(ms > 1_000 ? 300 : ms, signal)
        if (signal?.aborted !== true) waitedMs += ms
      },
    }
    const client = createClient({ url, credentials: { tokens }, clock, fetch: send })
    assert.equal((await client.me()).email, testAdmin.email)
    assert.ok(isSwallowed)
    assert.ok(waitedMs < 10_000, `${waitedMs} ms`)
  })

  test('on a full disk too, and saves before it renews again', async () => {
    const inner = new MemoryTokenStore()
    const first = await signIn(inner)
    let isFull = true
    let ahead = 11
    const tokens: TokenStore = {
      load: () => inner.load(),
      save: (next) => (isFull ? Promise.reject(new Error('ENOSPC')) : inner.save(next)),
    }
    const clock = { ...systemClock, now: () => Date.now() + ahead * 60_000 }
    const client = createClient({ url, credentials: { tokens }, clock })
    await client.me()
    assert.equal((await inner.load())?.refreshToken, first.refreshToken)
    ahead = 22
    // The token that is not on the disk is not used up.
    await assert.rejects(client.me(), /ENOSPC/)
    isFull = false
    await client.me()
    assert.notEqual((await inner.load())?.refreshToken, first.refreshToken)
  })

  test('when a program was killed that held the lock', async () => {
    const path = join(await openFolder(), 'sign-in.json')
    const tokens = new FileTokenStore(path)
    await signIn(tokens)
    // No process has this number (its limit on Linux is 2^22).
    await writeFile(`${path}.lock`, `${hostname()} 4194305 killed`)
    await createClient({ url, credentials: { tokens }, clock: later }).me()
  })
})

suite('a sign-in that is over', () => {
  test('is told by a code, and nothing more is asked with its token', async () => {
    const tokens = new MemoryTokenStore()
    const { refreshToken } = await signIn(tokens)
    const { counted, fetch } = counting((_, send) => send())
    const client = createClient({ url, credentials: { tokens }, fetch })
    await client.me()
    await fetchPlainly(`${url}/api/v1/auth/sign-out`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken }),
    })
    await assert.rejects(client.me(), isSignedOut)
    await assert.rejects(client.me(), isSignedOut)
    assert.equal(counted.renewals, 1)
  })

  test('is taken up again when somebody has signed in anew', async () => {
    const bob = await server.addUser('Bob')
    const tokens = new MemoryTokenStore({
      issuedTo: 'session',
      accessToken: bob.accessToken,
      accessTokenExpiresAt: Date.now() + 600_000,
      refreshToken: bob.refreshToken,
    })
    const client = createClient({ url, credentials: { tokens } })
    await client.signOut()
    await assert.rejects(client.me(), (error) => isCloudSyncError(error, 'not_signed_in'))
    await signIn(tokens)
    assert.equal((await client.me()).email, testAdmin.email)
  })

  test('begins anew where the password is known', async () => {
    const tokens = new MemoryTokenStore()
    const client = createClient({ url, credentials: { ...testAdmin, tokens } })
    await client.me()
    const ended = await tokens.load()
    await createClient({ url, credentials: { tokens: new MemoryTokenStore(ended) } }).signOut()
    await client.me()
    assert.notEqual((await tokens.load())?.refreshToken, ended?.refreshToken)
  })
})

suite('other ways in', () => {
  test('a wrong password is told as such', async () => {
    const credentials = { email: testAdmin.email, password: 'not this one' }
    await assert.rejects(createClient({ url, credentials }).me(), (error) =>
      isCloudSyncError(error, 'wrong_credentials'),
    )
  })

  test('a personal access token is sent as it is, and refused once it is revoked', async () => {
    const { id, caller } = await server.admin.withToken(['account:read'])
    const client = createClient({ url, credentials: { accessToken: caller.accessToken } })
    assert.equal((await client.me()).email, testAdmin.email)
    await assert.rejects(client.spaces.list().all(), (error) =>
      isCloudSyncError(error, 'insufficient_scope'),
    )
    await server.admin.delete(`/account/tokens/${id}`)
    await assert.rejects(client.me(), isSignedOut)
  })

  test('a code that somebody types into a browser lets a program in, until it signs out', async () => {
    const path = join(await openFolder(), 'sign-in.json')
    const tokens = new FileTokenStore(path)
    const fast = { ...systemClock, delay: () => systemClock.delay(10) }
    const device = await signInWithDevice({ url, tokens, clock: fast })
    assert.equal(device.verificationUrl, `${url}/device`)
    const signedIn = device.wait()
    await decide(device.userCode, 'allow')
    await signedIn
    const client = createClient({ url, credentials: { tokens }, clock: later })
    const first = (await tokens.load())?.refreshToken
    assert.equal((await client.me()).email, testAdmin.email)
    assert.notEqual((await tokens.load())?.refreshToken, first)
    const second = await readFile(path, 'utf8')
    await client.signOut()
    assert.equal(await tokens.load(), undefined)
    await writeFile(path, second)
    await assert.rejects(createClient({ url, credentials: { tokens } }).me(), isSignedOut)
  })

  test('a code that somebody refuses is worth nothing', async () => {
    const tokens = new MemoryTokenStore()
    const fast = { ...systemClock, delay: () => systemClock.delay(10) }
    const device = await signInWithDevice({ url, tokens, clock: fast })
    await decide(device.userCode, 'deny')
    await assert.rejects(device.wait(), (error) => {
      assert.ok(error instanceof OAuthError)
      return error.code === 'access_denied'
    })
    assert.equal(await tokens.load(), undefined)
  })

  test('a code whose time is up is told as that, also where the server knows nothing of it any more', async () => {
    const tokens = new MemoryTokenStore()
    let passedMs = 0
    const clock = {
      now: () => systemClock.now() + passedMs,
      delay: () => systemClock.delay(10),
    }
    const device = await signInWithDevice({ url, tokens, clock })
    await decide(device.userCode, 'deny')
    await assert.rejects(device.wait())
    passedMs = device.expiresAt
    await assert.rejects(device.wait(), (error) => {
      assert.ok(error instanceof OAuthError)
      return error.code === 'expired_token'
    })
  })
})

async function decide(userCode: string, decision: 'allow' | 'deny'): Promise<void> {
  const answer = await server.admin.send('POST', '/oauth/device-codes/decide', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userCode, decision }),
  })
  assert.equal(answer.status, 204)
}
