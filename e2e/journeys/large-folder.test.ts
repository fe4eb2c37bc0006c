import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillFolder } from '@cloudsync/server/testing/fill-folder'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

const childCount = 100_000

// Many times what a quiet machine takes, and far from what all rows in the page would take; `bench/results/web-folder.md` has the figures.
const firstRowsMs = 5_000
const changeMs = 5_000
const longestTaskMs = 1_500

const rowsOf = (page: Page) => page.locator("[role='row'][data-id]")

async function countRows(page: Page): Promise<number> {
  return Number(await page.getByRole('grid').getAttribute('aria-rowcount')) - 1
}

test('a folder of 100,000 shows its first rows at once, scrolls, draws only what is in sight, and follows changes', async () => {
  await using site = await openSite({ isNew: true })
  const { server, admin } = site
  const [spaceId, rootId] = [await admin.spaceId(), await admin.rootId()]
  const wide = await admin.post<{ id: string }>('/nodes', {
    parentId: rootId,
    kind: 'folder',
    name: 'Wide',
  })
  await fillFolder(site.dataDir, { spaceId, id: wide.id }, childCount)
  const create = (name: string) =>
    admin.post<{ id: string }>('/nodes', { parentId: wide.id, kind: 'folder', name })
  // The first change of a folder reads its document.
  await create('0 before anybody looks')
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  const link = page.getByRole('grid').getByRole('link', { name: 'Wide' })
  await link.waitFor()
  await page.evaluate(`
    window.longTasks = []
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.longTasks.push(entry.duration)
    }).observe({ type: 'longtask' })
  `)

  const clicked = performance.now()
  await link.click()
  await page.getByRole('grid', { name: 'Files in Wide' }).waitFor()
  await rowsOf(page).first().waitFor()
  const shown = performance.now() - clicked
  assert.ok(shown < firstRowsMs, `the first rows came after ${shown} ms`)
  const isComplete = async () => (await countRows(page)) === childCount + 1
  await waitFor('all rows are known', isComplete, 60_000)

  const scroller = page.locator('[data-grid-scroller]')
  let drawn = 0
  for (let step = 1; step <= 40; step++) {
    await scroller.evaluate((element, part) => {
      element.scrollTop = part * element.scrollHeight
    }, step / 40)
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))')
    drawn = Math.max(drawn, await rowsOf(page).count())
  }
  await rowsOf(page).filter({ hasText: 'text-099999.md' }).waitFor()
  assert.ok(drawn < 120, `${drawn} rows were in the page`)

  // A change by somebody else, far from where the list stands, and the keyboard to it.
  const made = await create('0 a new one')
  await waitFor('the new row is counted', async () => (await countRows(page)) === childCount + 2)
  await rowsOf(page)
    .last()
    .click({ position: { x: 300, y: 10 } })
  await page.keyboard.press('Home')
  await waitFor('the first row has the focus', () =>
    page.evaluate("document.activeElement?.textContent?.startsWith('0 a new one') === true"),
  )

  // Changes by somebody else in sight.
  const timed = async (name: string, change: () => Promise<unknown>) => {
    const begin = performance.now()
    await change()
    await rowsOf(page).filter({ hasText: name }).waitFor()
    const taken = performance.now() - begin
    assert.ok(taken < changeMs, `${name} came after ${taken} ms`)
  }
  await timed('0 renamed', () => admin.patch(`/nodes/${made.id}`, { name: '0 renamed' }))
  await timed('0 another', () => create('0 another'))
  const longest = Math.max(0, ...(await page.evaluate<number[]>('window.longTasks')))
  assert.ok(longest < longestTaskMs, `a task took ${longest} ms`)
  assert.deepEqual(ada.complaints, [])
})
