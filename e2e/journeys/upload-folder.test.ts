import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ApiClient } from '../support/api-client.ts'
import { openBrowser } from '../support/browser.ts'
import { drop } from '../support/drop.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

interface Entry {
  readonly id: string
  readonly name: string
  readonly kind: string
}

async function listTree(api: ApiClient, folderId: string, above = ''): Promise<string[]> {
  const { items } = await api.get<{ items: Entry[] }>(`/nodes/${folderId}/children?limit=1000`)
  const paths: string[] = []
  for (const { id, name, kind } of items) {
    if (kind === 'folder') {
      paths.push(`${above}${name}/`, ...(await listTree(api, id, `${above}${name}/`)))
    } else paths.push(above + name)
  }
  return paths.toSorted()
}

test('a folder dropped from the desktop arrives with all that is in it, and again by choice', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const rootId = await admin.rootId()
  const desktop = await mkdtemp(join(tmpdir(), 'cloudsync-drop-'))
  const trip = join(desktop, 'Reise nach Köln')
  await mkdir(join(trip, 'days', 'empty'), { recursive: true })
  await writeFile(join(trip, 'plan.md'), '# Plan\n')
  for (let day = 1; day <= 12; day++) {
    await writeFile(join(trip, 'days', `day ${day}.txt`), `Day ${day}\n`)
  }
  const expected = [
    'Reise nach Köln/',
    'Reise nach Köln/days/',
    'Reise nach Köln/days/empty/',
    ...Array.from({ length: 12 }, (_, day) => `Reise nach Köln/days/day ${day + 1}.txt`),
    'Reise nach Köln/plan.md',
  ].toSorted()
  try {
    await using ada = await openBrowser()
    const { page } = ada
    await signIn(page, server.url, adminAccount)
    await page.getByRole('heading', { name: /Drop files here/ }).waitFor()
    await drop(page, trip, { x: 700, y: 400 })
    const panel = page.getByRole('region', { name: 'Uploads' })
    await panel.getByRole('heading', { name: '13 files uploaded' }).waitFor()
    assert.deepEqual(await listTree(admin, rootId), expected)

    // Once more: the folders are the same, each file is asked about.
    await drop(page, trip, { x: 700, y: 600 })
    await panel.getByRole('heading', { name: '13 files need a decision' }).waitFor()
    await panel.getByLabel(/The same for all/).check()
    await panel.getByRole('button', { name: 'Replace' }).first().click()
    await panel.getByRole('heading', { name: '26 files uploaded' }).waitFor()
    assert.deepEqual(await listTree(admin, rootId), expected)

    // And a third time, keeping both, into the folder that is under the pointer.
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    const folder = page.locator("[role='row'][data-id]").filter({ hasText: 'Köln' })
    const box = await folder.boundingBox()
    assert.ok(box)
    await drop(page, join(trip, 'plan.md'), { x: box.x + 300, y: box.y + 10 })
    await panel.getByRole('button', { name: 'Keep both' }).click()
    await panel.getByRole('heading', { name: '1 file uploaded' }).waitFor()
    await waitFor('the copy is there', async () =>
      (await listTree(admin, rootId)).includes('Reise nach Köln/plan (2).md'),
    )
    assert.deepEqual(
      ada.complaints.filter((complaint) => !complaint.includes('409')),
      [],
    )
  } finally {
    await rm(desktop, { recursive: true, force: true })
  }
})
