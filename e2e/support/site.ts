import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** With `E2E_CLUSTER=1` it is two servers behind nginx, which are killed together. */
export async function openSite(): Promise<Site> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-journey-'))
  const port = await findFreePort()
  const server =
    process.env['E2E_CLUSTER'] === '1'
      ? new ClusterProcess({ dataDir, port })
      : new ServerProcess({ dataDir, port })
  await server.start()
  return {
    server,
    dataDir,
    admin: new ApiClient(server.url, adminAccount),
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
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
