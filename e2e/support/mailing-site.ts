import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ApiClient } from './api-client.ts'
import { adminAccount, findFreePort, ServerProcess } from './server-process.ts'
import { openDatabase } from './site.ts'

/** One server at an address with a name, as passkeys need one; it keeps its mails. */
export async function openMailingSite() {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-journey-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  const env = { ...(await openDatabase(stack)), PUBLIC_URL: url, DEV_MAILBOX: 'true' }
  const server = stack.use(new ServerProcess({ dataDir, port, env }))
  await server.start()
  const running = stack.move()
  return {
    url,
    admin: new ApiClient(server.url, adminAccount),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** An authenticator in the browser that always finds its person. */
export async function addAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Profile of/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to CloudSync' }).waitFor()
}

/** On the sign-in page. */
export async function typePassword(
  page: Page,
  account: { readonly email: string; readonly password: string },
): Promise<void> {
  await page.getByLabel('E-mail').fill(account.email)
  await page.getByLabel('Password').fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}
