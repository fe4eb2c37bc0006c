import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiClient } from '../support/api-client.ts'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

const rowCount = 10_000

async function fill(api: ApiClient, parentId: string): Promise<void> {
  for (let start = 0; start < rowCount; start += 1000) {
    const operations = Array.from({ length: 1000 }, (_, index) => ({
      type: 'create',
      parentId,
      kind: 'folder',
      name: `Folder ${start + index}`,
    }))
    await api.post('/nodes/bulk', { operations })
  }
}

test('a list of 10,000 rows scrolls, draws only what is in sight, and follows changes', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const rootId = await admin.rootId()
  await fill(admin, rootId)
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  await page.locator("[role='row'][data-id]").first().waitFor()
  await waitFor('all rows are known', async () => {
    const count = await page.getByRole('grid').getAttribute('aria-rowcount')
    return count === String(rowCount + 1)
  })
  const scroller = page.locator('[data-grid-scroller]')
  await page.evaluate(`
    window.longTasks = []
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.longTasks.push(entry.duration)
    }).observe({ type: 'longtask' })
  `)
  for (let step = 1; step <= 40; step++) {
    await scroller.evaluate((element, top) => {
      element.scrollTop = top
    }, step * 9_000)
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))')
  }
  await page.locator("[role='row'][data-id]").filter({ hasText: 'Folder 9999' }).waitFor()
  const drawn = await page.locator("[role='row'][data-id]").count()
  assert.ok(drawn < 120, `${drawn} rows are in the page`)

  // A change by somebody else, far from where the list stands, and the keyboard to it.
  await admin.post('/nodes', { parentId: rootId, kind: 'folder', name: 'A new one' })
  await waitFor('the new row is counted', async () => {
    const count = await page.getByRole('grid').getAttribute('aria-rowcount')
    return count === String(rowCount + 2)
  })
  await page
    .locator("[role='row'][data-id]")
    .last()
    .click({ position: { x: 300, y: 10 } })
  await page.keyboard.press('Home')
  await waitFor('the first row has the focus', () =>
    page.evaluate("document.activeElement?.textContent?.startsWith('A new one') === true"),
  )
  const longest = Math.max(0, ...(await page.evaluate<number[]>('window.longTasks')))
  // Twice what a quiet machine shows; what it guards against are seconds.
  assert.ok(longest < 500, `a task took ${longest} ms`)
  assert.deepEqual(ada.complaints, [])
})
