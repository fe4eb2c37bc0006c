import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestDatabase } from '@cloudsync/server/testing'
import type { Page } from 'playwright-core'
import { ApiClient } from './api-client.ts'
import { ClusterProcess } from './cluster-process.ts'
import { adminAccount, findFreePort, ServerProcess } from './server-process.ts'

/** A real server with data of its own, for one journey. */
export interface Site extends AsyncDisposable {
  readonly server: Pick<ServerProcess, 'url' | 'start' | 'stop' | 'kill'>
  readonly dataDir: string
  readonly admin: ApiClient
}

export interface SiteOptions {
  /** Begins with nothing and has its PostgreSQL in the data directory, as at home. Default: a copy of a migrated database. */
  readonly isNew?: boolean
}

/** With `E2E_CLUSTER=1` it is two servers behind nginx on a PostgreSQL of their own, which are killed together. */
export async function openSite({ isNew = false }: SiteOptions = {}): Promise<Site> {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-journey-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const port = await findFreePort()
  const isCluster = process.env['E2E_CLUSTER'] === '1'
  const env = isNew || isCluster ? {} : await openDatabase(stack)
  const server = isCluster
    ? new ClusterProcess({ dataDir, port })
    : new ServerProcess({ dataDir, port, env })
  await server.start()
  stack.defer(() => server.stop())
  const running = stack.move()
  return {
    server,
    dataDir,
    admin: new ApiClient(server.url, adminAccount),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** In the PostgreSQL that tests share, as the environment of a server names it; a third as long until it is ready. */
export async function openDatabase(stack: AsyncDisposableStack): Promise<{ DATABASE_URL: string }> {
  const { config } = stack.use(await openTestDatabase())
  return { DATABASE_URL: config.url }
}

/** Signs in by the form, as a person would. */
export async function signIn(
  page: Page,
  url: string,
  account: { email: string; password: string },
): Promise<void> {
  await page.goto(url)
  await page.getByLabel('E-mail').fill(account.email)
  await page.getByLabel('Password').fill(account.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page
    .getByRole('navigation', { name: 'Spaces' })
    .or(page.getByRole('grid'))
    .first()
    .waitFor()
}

/** Resolves when the keys of a list work: they come with its buttons, a moment after the list itself. */
export async function untilKeysWork(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Details', exact: true }).waitFor()
}

/** The text in the open editor, line by line as it is in the document. */
export function readEditor(page: Page): Promise<string> {
  return page
    .locator('.cm-content .cm-line')
    .allTextContents()
    .then((lines) => lines.join('\n'))
}

/** What the editor says of the safety of the edits. */
export async function readSaveState(page: Page): Promise<string> {
  return (await page.locator('[data-kind] > span').first().textContent()) ?? ''
}
