import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { ApiClient } from '../support/api-client.ts'
import { openBrowser } from '../support/browser.ts'
import { clusterLacks, ClusterProcess } from '../support/cluster-process.ts'
import { drop } from '../support/drop.ts'
import { adminAccount, findFreePort } from '../support/server-process.ts'
import { readEditor, readSaveState, signIn } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

const bobsAccount = { email: 'bob@example.com', password: 'the password of bob' }

async function typeAtStart(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type(text, { delay: 8 })
}

/** By what each server says of itself. */
async function countSockets(cluster: ClusterProcess): Promise<number[]> {
  return Promise.all(
    cluster.servers.map(async ({ url }) => {
      const metrics = await fetch(`${url}/metrics`).then(
        (answer) => answer.text(),
        () => '',
      )
      return Number(/^cloudsync_live_sockets (\d+)$/m.exec(metrics)?.[1] ?? 0)
    }),
  )
}

test(
  'two people on two servers behind nginx edit one text and upload a folder, while one server is killed',
  { skip: clusterLacks !== undefined && `${clusterLacks} is not set` },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cloudsync-cluster-'))
    const trip = join(directory, 'trip')
    await mkdir(join(trip, 'days'), { recursive: true })
    for (let day = 1; day <= 8; day += 1)
      await writeFile(join(trip, 'days', `day ${day}.txt`), `Day ${day}\n`)
    const port = await findFreePort()
    await using cluster = new ClusterProcess({ dataDir: join(directory, 'data'), port })
    try {
      await cluster.start()
      const admin = new ApiClient(cluster.url, adminAccount)
      await admin.addEditor('bob')
      const nodeId = await admin.createText(await admin.rootId(), 'shared.md')
      await using ada = await openBrowser()
      await using bob = await openBrowser()
      const isSaved = async ({ page }: { page: Page }) => (await readSaveState(page)) === 'Saved'
      const readBoth = async () => ({
        texts: [await readEditor(ada.page), await readEditor(bob.page)],
        saved: [await isSaved(ada), await isSaved(bob)],
      })
      for (const [{ page }, account] of [
        [ada, adminAccount],
        [bob, bobsAccount],
      ] as const) {
        await signIn(page, cluster.url, account)
        await page.goto(`${cluster.url}/files/${nodeId}`)
        await page.locator('.cm-content').waitFor()
        await waitFor('it is in sync', () => isSaved({ page }))
      }
      await waitFor('each server has one of them', async () => {
        if ((await countSockets(cluster)).every((count) => count > 0)) return true
        await bob.page.reload()
        await waitFor('he is back', () => isSaved(bob))
        return false
      })
      await ada.page.getByRole('list', { name: 'People here' }).getByLabel(/bob/i).waitFor()
      await typeAtStart(ada.page, 'Ada. ')
      await waitFor('Bob reads it', async () => (await readEditor(bob.page)) === 'Ada. ')

      // One of the servers dies. Whoever was there goes on at the other one.
      const [first, second] = cluster.servers
      assert.ok(first && second)
      await first.process.kill()
      await Promise.all([
        typeAtStart(ada.page, 'Without a server. '),
        typeAtStart(bob.page, 'Bob. '),
      ])
      // They write beside each other, so that either may come first, each of them whole.
      const orders = ['Bob. Without a server. Ada. ', 'Without a server. Bob. Ada. ']
      let seen = await readBoth()
      await waitFor(
        () => `both read the same, and it is saved: ${JSON.stringify(seen)}`,
        async () => {
          seen = await readBoth()
          const [text = '', other] = seen.texts
          return text === other && orders.includes(text) && seen.saved.every(Boolean)
        },
      )

      // It comes back; a folder that one of them drops arrives before the eyes of the other one.
      await first.process.start()
      for (const { page } of [ada, bob]) {
        await page.goto(cluster.url)
        await page.getByRole('grid').getByText('shared.md').waitFor()
      }
      await drop(ada.page, trip, { x: 700, y: 500 })
      await ada.page.getByRole('heading', { name: '8 files uploaded' }).waitFor()
      await bob.page.getByRole('grid').getByRole('link', { name: 'trip' }).click()
      await bob.page.getByRole('grid').getByRole('link', { name: 'days' }).click()
      await bob.page.getByRole('grid').getByText('day 8.txt').waitFor()
      const text = new TextDecoder().decode(await admin.bytes(`/nodes/${nodeId}/content`))
      assert.ok(seen.texts.includes(text), text)
    } finally {
      await cluster.stop()
      await rm(directory, { recursive: true, force: true })
    }
  },
)
