import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { SyncClient } from '../../client/testing/sync-client.ts'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, readEditor } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

/** As somebody edits in vim and saves: whole, by another file that takes the place of the first. */
async function editInVim(path: string, ...commands: string[]): Promise<void> {
  const options = ['-es', '-u', 'NONE', '-i', 'NONE', '-c', 'set backupcopy=no']
  const words = [...commands, 'wq'].flatMap((command) => ['-c', command])
  await promisify(execFile)(process.env['VIM_BIN'] ?? 'vim', [...options, ...words, path])
}

/** Signs in and types the code that the terminal shows. */
async function approve(page: Page, address: string, code: string): Promise<void> {
  await page.goto(address)
  await page.getByLabel('E-mail').fill(adminAccount.email)
  await page.getByLabel('Password').fill(adminAccount.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByLabel('Code').fill(code)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('heading', { name: 'The device is signed in' }).waitFor()
}

const countOf = (text: string, word: string) => text.split(word).length - 1

test('in their first hour somebody signs in, links a folder, and edits in vim and the browser at once', async () => {
  await using site = await openSite({ isNew: true })
  await using client = await SyncClient.openNew()
  await using ada = await openBrowser()
  const { page } = ada

  const login = client.spawn(['login', site.server.url])
  using _login = { [Symbol.dispose]: () => login.kill() }
  let shown = ''
  for (const stream of [login.stdout, login.stderr])
    stream?.on('data', (data: Buffer) => (shown += data.toString()))
  const ended = once(login, 'close')
  await waitFor('a code is shown', () => shown.includes('Waiting until you have'))
  const address = /Open {2}(\S+)/.exec(shown)?.[1] ?? ''
  const code = /type the code {2}(\S+)/.exec(shown)?.[1] ?? ''
  await approve(page, address, code)
  assert.deepEqual(await ended, [0, null], shown)
  assert.match(shown, /Signed in to http:\S+ as .*\n/)

  const { items } = await site.admin.get<{ items: { name: string }[] }>('/spaces')
  await client.mustCall('link', client.folder, items[0]?.name ?? '')
  client.start()
  const file = join(client.folder, 'notes.md')
  await editInVim(file, 'call setline(1, ["# Notes", "", "the first line", "the last line"])')

  await page.goto(site.server.url)
  const row = page.getByRole('row').filter({ hasText: 'notes.md' })
  await row.waitFor()
  await row.dblclick()
  const editor = page.locator('.cm-content')
  await editor.waitFor()
  await waitFor('the browser shows it', async () =>
    (await readEditor(page)).includes('the first line'),
  )

  await editor.click()
  await page.keyboard.press('Control+End')
  const typed = Array.from({ length: 20 }, (_, index) => `word${index}w`)
  const typing = page.keyboard.type(` ${typed.join(' ')}`, { delay: 40 })
  const saved = Array.from({ length: 5 }, (_, index) => `vim${index}v`)
  for (const word of saved) await editInVim(file, `/the first line/s/$/ ${word}/`)
  await typing

  const words = [...typed, ...saved]
  const hasAll = (text: string) => words.every((word) => countOf(text, word) === 1)
  await waitFor('the file has all words once', async () => hasAll(await readFile(file, 'utf8')))
  await waitFor('the browser has all words once', async () => hasAll(await readEditor(page)))
  await waitFor('both are in step', async () => (await client.call('verify')).code === 0)
  assert.match((await client.call('status')).stdout, /in step · 1 item\n/)
  assert.match(await client.mustCall('conflicts'), /No conflict is open/)
})
