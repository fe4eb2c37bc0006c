import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { keptAsCookie, sessionHeader } from '@cloudsync/protocol'
import { ApiError } from '../api/api-error.ts'
import { ApiClient } from '../api/api-client.ts'
import type { Fetch } from '../api/send-request.ts'
import { Session } from './session.ts'

/** Tabs of one browser, which keeps one cookie for all of them, before a server. */
function openBrowser() {
  const sessions = new Map<string, string>()
  const stored: { marker: string | null; cookie: string | undefined } = {
    marker: null,
    cookie: undefined,
  }
  let isReachable = true
  let takesCookies = true
  let mustSetUpSecondFactor = false
  const asked: string[] = []
  const onStored = new Set<{ tab: number; listener: (userId: string | null) => void }>()

  const server: Fetch = async (url, init) => {
    if (!isReachable) throw new TypeError('no network')
    const path = url.replace('/api/v1', '')
    asked.push(path)
    const isChange = init.method !== 'GET'
    if (isChange && new Headers(init.headers).get(sessionHeader) !== keptAsCookie)
      return problem(403, 'origin_refused')
    const { cookie } = stored
    const userId = cookie === undefined ? undefined : sessions.get(cookie)
    if (path === '/auth/sign-in') {
      const body = JSON.parse(init.body as string) as { email: string; password: string }
      if (body.password !== 'right') return problem(401, 'wrong_credentials')
      const secret = `secret ${sessions.size}`
      sessions.set(secret, body.email)
      if (takesCookies) stored.cookie = secret
      return answer(204, undefined)
    }
    if (path === '/auth/sign-out') {
      if (cookie !== undefined) sessions.delete(cookie)
      stored.cookie = undefined
      return answer(204, undefined)
    }
    if (userId === undefined) return problem(401, 'not_signed_in')
    if (path !== '/me' && mustSetUpSecondFactor) return problem(403, 'second_factor_setup_required')
    return answer(200, { id: userId, name: userId, mustSetUpSecondFactor })
  }

  let tabs = 0
  const openTab = () => {
    const tab = ++tabs
    return new Session({
      fetch: server,
      marker: {
        read: () => stored.marker,
        write: (userId) => {
          if (stored.marker === userId) return
          stored.marker = userId
          for (const entry of onStored) if (entry.tab !== tab) entry.listener(userId)
        },
        onChanged: (listener) => onStored.add({ tab, listener }),
      },
    })
  }
  return {
    openTab,
    stored,
    asked,
    api: (tab: Session) => new ApiClient(server, tab),
    setReachable: (reachable: boolean) => (isReachable = reachable),
    refuseCookies: () => (takesCookies = false),
    demandSecondFactor: (isDemanded: boolean) => (mustSetUpSecondFactor = isDemanded),
    endOnServer: () => sessions.clear(),
  }
}

function answer(status: number, body: unknown): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), { status })
}

function problem(status: number, code: string): Response {
  return answer(status, { code, title: code, status, type: '', retryable: false })
}

/** Resolves when a tab shows this person as signed in. */
function untilSignedIn(tab: Session, userId: string): Promise<void> {
  const isSo = () => tab.state.kind === 'signedIn' && tab.state.me.id === userId
  return new Promise((resolve) => {
    if (isSo()) resolve()
    else tab.subscribe(() => isSo() && resolve())
  })
}

suite('session', () => {
  test('signs in, and a wrong password says so', async () => {
    const tab = openBrowser().openTab()
    await assert.rejects(
      tab.signIn('ada', 'wrong'),
      (error) => error instanceof ApiError && error.code === 'wrong_credentials',
    )
    await tab.signIn('ada', 'right')
    assert.equal(tab.state.kind, 'signedIn')
  })

  test('keeps nothing that scripts can read but whose it is', async () => {
    const browser = openBrowser()
    await browser.openTab().signIn('ada', 'right')
    assert.equal(browser.stored.marker, 'ada')
  })

  test('a new tab is signed in by the cookie that all share', async () => {
    const browser = openBrowser()
    await browser.openTab().signIn('ada', 'right')
    const second = browser.openTab()
    await second.start()
    assert.equal(second.state.kind, 'signedIn')
  })

  test('where nobody has signed in nothing is asked', async () => {
    const browser = openBrowser()
    const tab = browser.openTab()
    await tab.start()
    assert.deepEqual(tab.state, { kind: 'signedOut', why: 'never' })
    assert.deepEqual(browser.asked, [])
  })

  test('signing out in one tab signs all out', async () => {
    const browser = openBrowser()
    const first = browser.openTab()
    await first.signIn('ada', 'right')
    const second = browser.openTab()
    await second.start()
    await first.signOut()
    assert.deepEqual(second.state, { kind: 'signedOut', why: 'chosen' })
    await assert.rejects(browser.api(second).getJson('/nodes'), ApiError)
  })

  test('signing in again in one tab signs the others in, too', async () => {
    const browser = openBrowser()
    const [first, second] = [browser.openTab(), browser.openTab()]
    await Promise.all([first.start(), second.start()])
    await first.signIn('ada', 'right')
    await untilSignedIn(second, 'ada')
  })

  test('somebody else who signs in in one tab takes the place of the first in all, who is signed out there before', async () => {
    const browser = openBrowser()
    const [first, second] = [browser.openTab(), browser.openTab()]
    await first.signIn('ada', 'right')
    await second.start()
    const seen: string[] = []
    first.subscribe(() => seen.push(first.state.kind))
    await second.signIn('bob', 'right')
    await untilSignedIn(first, 'bob')
    assert.equal(seen[0], 'signedOut')
  })

  test('a session that ended on the server is over, and says that nobody chose it', async () => {
    const browser = openBrowser()
    const tab = browser.openTab()
    await tab.signIn('ada', 'right')
    browser.endOnServer()
    const api = browser.api(tab)
    await Promise.all([
      assert.rejects(api.getJson('/nodes')),
      assert.rejects(api.getJson('/nodes')),
    ])
    assert.deepEqual(tab.state, { kind: 'signedOut', why: 'ended' })
    assert.equal(browser.stored.marker, null)
    assert.equal(browser.asked.filter((path) => path === '/me').length, 2)
  })

  test('an answer to a session that was replaced meanwhile does not end the new one', async () => {
    const browser = openBrowser()
    const tab = browser.openTab()
    await tab.signIn('ada', 'right')
    let isFirst = true
    const api = new ApiClient((url, init) => {
      const isLate = isFirst
      isFirst = false
      return isLate
        ? Promise.resolve(problem(401, 'not_signed_in'))
        : Promise.resolve(answer(200, { url, method: init.method }))
    }, tab)
    await api.getJson('/nodes')
    assert.equal(tab.state.kind, 'signedIn')
  })

  test('a browser that keeps no cookie is told why it is not signed in', async () => {
    const browser = openBrowser()
    browser.refuseCookies()
    const tab = browser.openTab()
    await tab.start()
    await assert.rejects(tab.signIn('ada', 'right'), /did not keep the session/)
    assert.equal(tab.state.kind, 'signedOut')
  })

  test('a page learns from any request that a second factor has to be set up, and when it was', async () => {
    const browser = openBrowser()
    const tab = browser.openTab()
    await tab.signIn('ada', 'right')
    const mustSetUp = () => tab.state.kind === 'signedIn' && tab.state.me.mustSetUpSecondFactor
    assert.equal(mustSetUp(), false)
    browser.demandSecondFactor(true)
    await assert.rejects(
      browser.api(tab).getJson('/nodes'),
      (error) => error instanceof ApiError && error.code === 'second_factor_setup_required',
    )
    assert.equal(mustSetUp(), true)
    browser.demandSecondFactor(false)
    await tab.check()
    assert.equal(mustSetUp(), false)
  })

  test('a server out of reach ends no session', async () => {
    const browser = openBrowser()
    await browser.openTab().signIn('ada', 'right')
    const tab = browser.openTab()
    browser.setReachable(false)
    await tab.start()
    assert.equal(tab.state.kind, 'unreachable')
    browser.setReachable(true)
    await tab.start()
    assert.equal(tab.state.kind, 'signedIn')
  })
})
