import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { openTestDatabase, TestCaller } from '@cloudsync/server/testing'
import { openBrowser } from '../support/browser.ts'
import { adminAccount, findFreePort, ServerProcess } from '../support/server-process.ts'
import { signIn } from '../support/site.ts'
import { watchUploads } from '../support/upload-watch.ts'
import { waitFor } from '../support/wait-for.ts'

const megabyte = 1024 * 1024

/** A server, a browser and a desktop with a file that is too large to be sent at once. */
async function openDesk() {
  await using stack = new AsyncDisposableStack()
  const desktop = await mkdtemp(join(tmpdir(), 'cloudsync-reload-'))
  stack.defer(() => rm(desktop, { recursive: true, force: true }))
  const db = stack.use(await openTestDatabase())
  const env = { DATABASE_URL: db.config.url }
  const dataDir = join(desktop, 'data')
  const server = stack.use(new ServerProcess({ dataDir, port: await findFreePort(), env }))
  await server.start()
  stack.defer(() => server.stop())
  const caller = await TestCaller.signIn(server.url, adminAccount)
  const { page, complaints } = stack.use(await openBrowser())
  const network = await page.context().newCDPSession(page)
  await signIn(page, server.url, adminAccount)
  const bytes = randomBytes(40 * megabyte)
  const path = join(desktop, 'film.bin')
  await writeFile(path, bytes)
  const wrongPath = join(desktop, 'other.bin')
  await writeFile(wrongPath, 'another')
  const running = stack.move()
  return {
    server,
    caller,
    page,
    network,
    complaints,
    pool: db.database.pool,
    bytes,
    path,
    wrongPath,
    rootId: await caller.rootId(),
    panel: page.getByRole('region', { name: 'Uploads' }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

type Desk = Awaited<ReturnType<typeof openDesk>>

/** A line on which the file takes some seconds. */
async function slowDown({ network }: Desk, megabytesPerSecond: number): Promise<void> {
  const uploadThroughput = megabytesPerSecond * megabyte
  await network.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput,
  })
}

/** Leaves the upload where it is, however long what comes next takes. */
async function holdAt(desk: Desk, percent: number): Promise<void> {
  await waitForShare(desk, percent)
  await slowDown(desk, 0.5)
}

async function upload({ page, path }: Desk): Promise<void> {
  await page.getByLabel('Files to upload').first().setInputFiles(path)
}

async function waitForShare({ panel }: Desk, percent: number): Promise<void> {
  const bar = panel.getByRole('progressbar', { name: 'film.bin' })
  await waitFor(`${percent} % are sent`, async () => {
    const now = await bar.getAttribute('aria-valuenow', { timeout: 1_000 }).catch(() => null)
    return Number(now) >= percent
  })
}

async function assertHeld({ caller, rootId, bytes }: Desk, count = 1): Promise<void> {
  const { items } = await caller.get<{ items: { id: string; name: string }[] }>(
    `/nodes/${rootId}/children`,
  )
  assert.equal(items.length, count)
  for (const { id, name } of items) {
    const answer = await caller.send('GET', `/nodes/${id}/content`)
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes), `${name} is whole`)
  }
}

async function interrupt(desk: Desk): Promise<void> {
  await slowDown(desk, 8)
  await upload(desk)
  await holdAt(desk, 40)
  await desk.page.reload()
  await desk.panel.getByRole('heading', { name: '1 upload was interrupted' }).waitFor()
}

const choose = ({ page }: Desk, path: string) =>
  page.getByLabel('film.bin, to go on with its upload').setInputFiles(path)

suite('an upload of the browser', () => {
  test('goes on after a cut line, and after a reload where it was', async (context) => {
    await using desk = await openDesk()
    const { page, panel, bytes } = desk
    await slowDown(desk, 8)
    await upload(desk)
    await holdAt(desk, 20)
    await desk.server.kill()
    await panel.getByText('Waiting for the server. It goes on by itself.').waitFor()
    await desk.server.start()
    await slowDown(desk, 8)
    await holdAt(desk, 60)

    await page.reload()
    await panel.getByRole('heading', { name: '1 upload was interrupted' }).waitFor()
    await panel.getByText(/^[1-9]\d % uploaded\. Choose the file again to go on/).waitFor()
    await choose(desk, desk.wrongPath)
    await panel.getByText('other.bin is another file. Choose film.bin, of 41.9 MB.').waitFor()
    const watch = watchUploads(page)
    await slowDown(desk, 12)
    await choose(desk, desk.path)
    await panel.getByRole('heading', { name: '1 file uploaded' }).waitFor()
    const sent = await watch.sentBytes()
    context.diagnostic(`${Math.round(sent / megabyte)} of 40 MB were sent after the reload`)
    assert.ok(sent > 0 && sent < bytes.length * 0.7, `${sent} bytes`)
    await assertHeld(desk)
    const left = await page.evaluate(() =>
      Object.keys(localStorage).filter((key) => key.startsWith('cloudsync.upload')),
    )
    assert.deepEqual(left, [])
  })

  test('is of one tab, can be paused, and the same file again takes no byte', async () => {
    await using desk = await openDesk()
    const { page, panel } = desk
    await slowDown(desk, 8)
    await upload(desk)
    await holdAt(desk, 15)
    const otherTab = await page.context().newPage()
    await otherTab.goto(desk.server.url)
    await otherTab.getByRole('heading', { name: /Drop files here/ }).waitFor()
    assert.equal(await otherTab.getByRole('region', { name: 'Uploads' }).count(), 0)
    await otherTab.close()
    await panel.getByRole('button', { name: 'Pause film.bin' }).click()
    await panel.getByRole('heading', { name: '1 file paused' }).waitFor()
    const watch = watchUploads(page)
    await slowDown(desk, 12)
    await panel.getByRole('button', { name: 'Resume film.bin' }).click()
    await panel.getByRole('heading', { name: '1 file uploaded' }).waitFor()
    assert.ok((await watch.sentBytes()) < desk.bytes.length * 0.85)
    await panel.getByRole('button', { name: 'Close' }).click()

    const again = watchUploads(page)
    await upload(desk)
    await panel.getByRole('button', { name: 'Keep both' }).click()
    await panel.getByRole('heading', { name: '1 file uploaded' }).waitFor()
    assert.equal(await again.sentBytes(), 0)
    await assertHeld(desk, 2)
    assert.deepEqual(
      desk.complaints.filter((complaint) => !complaint.includes('409')),
      [],
    )
  })

  test('of a file that changes meanwhile ends, and says why', async () => {
    await using desk = await openDesk()
    await slowDown(desk, 6)
    await upload(desk)
    await waitForShare(desk, 15)
    await writeFile(desk.path, 'something else')
    await desk.panel.getByText(/It was moved or changed since it was chosen/).waitFor()
  })

  test('that was left alone for a week begins anew, and one that is discarded is gone', async () => {
    await using desk = await openDesk()
    const { page, panel, pool } = desk
    await interrupt(desk)
    await pool.query("UPDATE upload_sessions SET expires_at = now() - interval '1 hour'")
    await page.reload()
    await panel.getByText('Choose the file again to upload it.').waitFor()
    await slowDown(desk, 8)
    await choose(desk, desk.path)
    await holdAt(desk, 40)
    await page.reload()
    await panel.getByText(/% uploaded/).waitFor()
    await panel.getByRole('button', { name: 'Discard film.bin' }).click()
    await panel.waitFor({ state: 'detached' })
    await waitFor('its session is gone', async () => {
      const { rows } = await pool.query('SELECT FROM upload_sessions WHERE expires_at > now()')
      return rows.length === 0
    })
    await page.reload()
    await page.getByRole('heading', { name: /Drop files here/ }).waitFor()
    assert.equal(await panel.count(), 0)
  })

  test('is seen by nobody else at the same device', async () => {
    await using desk = await openDesk()
    const { page, panel, caller, server } = desk
    const bob = { email: 'bob@example.com', password: 'the password of Bob', name: 'Bob' }
    await caller.post('/users', bob)
    await interrupt(desk)
    await page
      .getByRole('button', { name: /Ada|profile|account/i })
      .first()
      .click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('E-mail').waitFor()
    assert.equal(await panel.count(), 0)
    await signIn(page, server.url, bob)
    await page.getByRole('heading', { name: /Drop files here/ }).waitFor()
    assert.equal(await panel.count(), 0)
    assert.equal(
      await page.evaluate(() => JSON.stringify(localStorage).includes('film.bin')),
      false,
    )
  })
})
