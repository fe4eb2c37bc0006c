import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ApiError } from '../api/api-error.ts'
import type { Fetch } from '../api/send-request.ts'
import { createLeaseLock, type ExclusiveLock } from './exclusive-lock.ts'
import { Session, type AccessToken } from './session.ts'

/**
 * Tabs of one browser before a server with reuse detection: a refresh token that comes a second time
 * ends the session for everybody.
 */
function openBrowser() {
  let stored: string | null = null
  let current = 0
  let isOver = false
  let isReachable = true
  let refreshes = 0
  let now = 0
  const onStored = new Set<{ tab: number; listener: (token: string | null) => void }>()
  const onToken = new Set<{ tab: number; listener: (access: AccessToken) => void }>()
  let queue: Promise<unknown> = Promise.resolve()
  const lock: ExclusiveLock = (_, task) => {
    const run = queue.then(task)
    queue = run.catch(() => undefined)
    return run
  }

  const tokens = () => {
    current++
    return answer(200, {
      accessToken: `access ${current}`,
      expiresInSeconds: 600,
      refreshToken: `refresh ${current}`,
    })
  }
  const server: Fetch = async (url, init) => {
    if (!isReachable) throw new TypeError('no network')
    const body = JSON.parse((init.body as string | null) ?? '{}') as Record<string, string>
    switch (url) {
      case '/api/v1/auth/sign-in':
        return body['password'] === 'right' ? tokens() : problem(401, 'wrong_credentials')
      case '/api/v1/auth/refresh':
        refreshes++
        if (isOver || body['refreshToken'] !== `refresh ${current}`) {
          isOver = true
          return problem(401, 'token_reused')
        }
        return tokens()
      case '/api/v1/auth/sign-out':
        isOver = true
        return answer(204, undefined)
      default:
        return answer(200, { id: 'user', name: 'Ada' })
    }
  }

  let tabs = 0
  const openTab = () => {
    const tab = ++tabs
    return new Session({
      fetch: server,
      lock,
      now: () => now,
      refreshToken: {
        read: () => stored,
        write: (token) => {
          stored = token
          for (const entry of onStored) if (entry.tab !== tab) entry.listener(token)
        },
        onChanged: (listener) => onStored.add({ tab, listener }),
      },
      channel: {
        post: (access) => {
          for (const entry of onToken) if (entry.tab !== tab) entry.listener(access)
        },
        onMessage: (listener) => onToken.add({ tab, listener }),
      },
    })
  }
  return {
    openTab,
    pass: (ms: number) => (now += ms),
    setReachable: (reachable: boolean) => (isReachable = reachable),
    endOnServer: () => (isOver = true),
    refreshCount: () => refreshes,
  }
}

function answer(status: number, body: unknown): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), { status })
}

function problem(status: number, code: string): Response {
  return answer(status, { code, title: code, status, type: '', retryable: false })
}

suite('session', () => {
  test('signs in, and a wrong password says so', async () => {
    const tab = openBrowser().openTab()
    await assert.rejects(
      tab.signIn('ada@example.org', 'wrong'),
      (error) => error instanceof ApiError && error.code === 'wrong_credentials',
    )
    await tab.signIn('ada@example.org', 'right')
    assert.equal(tab.state.kind, 'signedIn')
  })

  test('a new tab is signed in by the token that the first one keeps', async () => {
    const browser = openBrowser()
    await browser.openTab().signIn('ada@example.org', 'right')
    const second = browser.openTab()
    await second.start()
    assert.equal(second.state.kind, 'signedIn')
  })

  test('many calls in many tabs at once make one refresh, and nobody is thrown out', async () => {
    const browser = openBrowser()
    const first = browser.openTab()
    await first.signIn('ada@example.org', 'right')
    const others = [browser.openTab(), browser.openTab()]
    await Promise.all(others.map((tab) => tab.start()))
    const before = browser.refreshCount()
    browser.pass(600_000)
    const tabs = [first, ...others]
    const got = await Promise.all([...tabs, ...tabs].map((tab) => tab.getAccessToken()))
    assert.equal(browser.refreshCount() - before, 1)
    assert.equal(new Set(got).size, 1)
    for (const tab of tabs) assert.equal(tab.state.kind, 'signedIn')
  })

  test('signing out in one tab signs all out', async () => {
    const browser = openBrowser()
    const first = browser.openTab()
    await first.signIn('ada@example.org', 'right')
    const second = browser.openTab()
    await second.start()
    await first.signOut()
    assert.deepEqual(second.state, { kind: 'signedOut', why: 'chosen' })
    await assert.rejects(second.getAccessToken(), ApiError)
  })

  test('signing in again in one tab signs the others in, too', async () => {
    const browser = openBrowser()
    const [first, second] = [browser.openTab(), browser.openTab()]
    await Promise.all([first.start(), second.start()])
    const signedIn = Promise.withResolvers<void>()
    second.subscribe(() => second.state.kind === 'signedIn' && signedIn.resolve())
    await first.signIn('ada@example.org', 'right')
    await signedIn.promise
  })

  test('a session that ended on the server is over, and says that nobody chose it', async () => {
    const browser = openBrowser()
    const tab = browser.openTab()
    await tab.signIn('ada@example.org', 'right')
    browser.endOnServer()
    browser.pass(600_000)
    await assert.rejects(tab.getAccessToken(), ApiError)
    assert.deepEqual(tab.state, { kind: 'signedOut', why: 'ended' })
  })

  test('a server out of reach ends no session', async () => {
    const browser = openBrowser()
    await browser.openTab().signIn('ada@example.org', 'right')
    const tab = browser.openTab()
    browser.setReachable(false)
    await tab.start()
    assert.equal(tab.state.kind, 'unreachable')
    browser.setReachable(true)
    await tab.start()
    assert.equal(tab.state.kind, 'signedIn')
  })
})

suite('lease, where browsers have no locks', () => {
  test('one holder at a time, and a dead one is outlived', async () => {
    const items = new Map<string, string>()
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    }
    let now = 0
    const clock = {
      now: () => now,
      wait: async (ms: number) => {
        await new Promise<void>((resolve) => setImmediate(resolve))
        now += ms
      },
    }
    items.set('cloudsync.lease.refresh', 'dead 5000')
    let inside = 0
    let most = 0
    const work = async () => {
      inside++
      most = Math.max(most, inside)
      await clock.wait(10)
      inside--
    }
    const locks = ['one', 'two', 'three'].map((id) => createLeaseLock(storage, clock, id))
    await Promise.all(locks.map((lock) => lock('refresh', work)))
    assert.equal(most, 1)
    assert.ok(now >= 5000)
  })
})
