import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

/** All that a script of the page could read and send away. */
function readStorages(page: Page): Promise<string> {
  return page.evaluate<string>(`indexedDB.databases().then((databases) => JSON.stringify({
    local: { ...localStorage },
    session: { ...sessionStorage },
    cookies: document.cookie,
    databases: databases.map(({ name }) => name),
  }))`)
}

test('the session is a cookie that no script can read, all tabs share it, and one signs all out', async () => {
  await using site = await openSite()
  const { server } = site
  await using ada = await openBrowser()
  await signIn(ada.page, server.url, adminAccount)
  const [cookie, ...others] = await ada.context.cookies()
  assert.deepEqual(others, [])
  assert.match(cookie?.name ?? '', /^cs_session/)
  assert.equal(cookie?.httpOnly, true)
  assert.equal(cookie.sameSite, 'Lax')
  const stored = await readStorages(ada.page)
  assert.ok(!stored.includes(cookie.value))
  assert.doesNotMatch(stored, /token|eyJ/i)
  assert.match(stored, /"cookies":""/)

  const tab = await ada.context.newPage()
  await tab.goto(server.url)
  await tab.getByRole('navigation', { name: 'Spaces' }).waitFor()
  await tab.getByRole('button', { name: /^Profile of/ }).click()
  await tab.getByRole('menuitem', { name: 'Sign out' }).click()
  await tab.getByRole('heading', { name: 'Sign in to CloudSync' }).waitFor()
  await ada.page.getByRole('heading', { name: 'Sign in to CloudSync' }).waitFor()
  await waitFor(
    'the browser has forgotten it',
    async () => (await ada.context.cookies()).length === 0,
  )

  // And in again, in both.
  await signIn(tab, server.url, adminAccount)
  await ada.page.getByRole('navigation', { name: 'Spaces' }).waitFor()
  assert.deepEqual(ada.complaints, [])
})

test('a file is downloaded by a link, and several one after the other', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const rootId = await admin.rootId()
  for (const name of ['one.md', 'two.md', 'three.md']) {
    const id = await admin.createText(rootId, name)
    await admin.put(`/nodes/${id}/content`, `the words of ${name}`)
  }
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  const names: string[] = []
  page.on('download', (download) => names.push(download.suggestedFilename()))
  const row = (name: RegExp) => page.getByRole('row', { name }).first()
  // Beside their names, which are links.
  const position = { x: 300, y: 18 }
  await row(/one\.md/).click({ position })
  await row(/two\.md/).click({ position, modifiers: ['Shift'] })
  await row(/two\.md/).click({ position, button: 'right' })
  await page.getByRole('menuitem', { name: 'Download 3 files' }).click()
  await waitFor('all are downloaded', () => names.length === 3)
  assert.deepEqual(names.toSorted(), ['one.md', 'three.md', 'two.md'])
})

test('a page of another site changes nothing with the cookie of who looks at it', async () => {
  await using site = await openSite()
  const { server, admin } = site
  await using ada = await openBrowser()
  await signIn(ada.page, server.url, adminAccount)
  const spaces = async () => (await admin.get<{ items: unknown[] }>('/spaces')).items.length
  const before = await spaces()

  const evil = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<form method="post" enctype="text/plain" action="${server.url}/api/v1/spaces">
      <input name='{"name":"Evil","x":"' value='"}'><button>Win a prize</button></form>`)
  }).listen(0, '127.0.0.1')
  await once(evil, 'listening')
  try {
    // `localhost` is another site than 127.0.0.1, and its cookies are not shared with it.
    const page = await ada.context.newPage()
    await page.goto(`http://localhost:${(evil.address() as AddressInfo).port}/`)
    const results = await page.evaluate(async (api) => {
      const attempt = (init: RequestInit) =>
        fetch(`${api}/spaces`, { method: 'POST', credentials: 'include', ...init }).then(
          ({ status, type }) => `${type} ${status}`,
          () => 'failed',
        )
      const body = JSON.stringify({ name: 'Evil' })
      return [
        await attempt({ body, mode: 'no-cors', headers: { 'content-type': 'text/plain' } }),
        await attempt({ body, headers: { 'content-type': 'application/json' } }),
        await attempt({ body, headers: { 'cloudsync-session': 'cookie' } }),
        await fetch(`${api}/me`, { credentials: 'include' }).then(
          () => 'read',
          () => 'failed',
        ),
      ]
    }, `${server.url}/api/v1`)
    assert.deepEqual(results, ['failed', 'failed', 'failed', 'failed'])
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/spaces'))
    await page.getByRole('button').click()
    assert.equal((await answered).status(), 401)
  } finally {
    evil.close()
    evil.closeAllConnections()
  }
  assert.equal(await spaces(), before)
  await ada.page.reload()
  await ada.page.getByRole('navigation', { name: 'Spaces' }).waitFor()
})
