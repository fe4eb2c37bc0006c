import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTestDatabase } from '@cloudsync/server/testing'
import type { Page } from 'playwright-core'
import { ApiClient } from '../support/api-client.ts'
import { openBrowser } from '../support/browser.ts'
import { LoopbackApp } from '../support/loopback-app.ts'
import { adminAccount, findFreePort, ServerProcess } from '../support/server-process.ts'
import { signIn } from '../support/site.ts'

const grace = { email: 'grace@example.org', name: 'Grace', password: 'nanoseconds of wire' }

/** Ada, signed in as an administrator; `leaveOpen` lets her browser alone for a quarter of an hour. */
async function openAdasBrowser() {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-proofs-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const { database, config } = stack.use(await openTestDatabase())
  const env = { DATABASE_URL: config.url }
  const server = stack.use(new ServerProcess({ dataDir, port: await findFreePort(), env }))
  await server.start()
  stack.defer(() => server.stop())
  const admin = new ApiClient(server.url, adminAccount)
  await admin.post('/users', grace)
  const { page } = stack.use(await openBrowser())
  await signIn(page, server.url, adminAccount)
  const running = stack.move()
  return {
    url: server.url,
    admin,
    page,
    leaveOpen: () =>
      database.pool.query("UPDATE sessions SET proven_at = proven_at - interval '15 minutes'"),
    isGraceAdmin: async () => {
      const { rows } = await database.pool.query<{ is_admin: boolean }>(
        'SELECT is_admin FROM users WHERE email = $1',
        [grace.email],
      )
      return rows[0]?.is_admin
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

const question = (page: Page) => page.getByRole('dialog', { name: 'Is it you?' })

async function answer(page: Page, password: string): Promise<void> {
  await question(page).getByLabel('Your password').fill(password)
  await question(page).getByRole('button', { name: 'Continue' }).click()
}

test('an administrator whose browser was left open types the password before somebody is let in', async () => {
  await using ada = await openAdasBrowser()
  const { page } = ada
  const choose = async (item: string) => {
    await page.getByRole('button', { name: 'More for Grace' }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  await page.goto(`${ada.url}/admin/users`)
  await page.getByText(grace.email).waitFor()
  await ada.leaveOpen()
  await choose('Make an administrator')
  await question(page).getByRole('button', { name: 'Cancel' }).click()
  await question(page).waitFor({ state: 'detached' })
  assert.equal(await ada.isGraceAdmin(), false)
  await choose('Make an administrator')
  await answer(page, 'not the password')
  await question(page).getByText('The password is wrong').waitFor()
  await answer(page, adminAccount.password)
  await page.getByText('Grace is an administrator now').waitFor()
  assert.equal(await ada.isGraceAdmin(), true)
  await ada.leaveOpen()
  await choose('Reset the password')
  await answer(page, adminAccount.password)
  await page.getByRole('dialog', { name: 'New password for Grace' }).waitFor()
})

test('somebody whose browser was left open types the password before an app is let in', async () => {
  await using ada = await openAdasBrowser()
  await using app = await LoopbackApp.open(ada.url, ada.admin)
  const { page } = ada
  await ada.leaveOpen()
  await page.goto(app.authorizationUrl)
  const allow = page.getByRole('button', { name: 'Allow' })
  await allow.click()
  await question(page).getByRole('button', { name: 'Cancel' }).click()
  await allow.click()
  await answer(page, adminAccount.password)
  await page.getByRole('heading', { name: 'Back in Paper Tiger' }).waitFor()
})
