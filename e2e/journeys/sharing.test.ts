import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import {
  openSite,
  readEditor,
  readSaveState,
  signIn,
  untilKeysWork,
  type Site,
} from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

const bobsAccount = { email: 'bob@example.com', password: 'the password of Bob' }

/** A folder of Ada's with a text and a folder in it, and Bob, who has an account and nothing more. */
async function openShared({ admin }: Site) {
  await admin.post('/users', { ...bobsAccount, name: 'Bob' })
  const make = (parentId: string, name: string, kind: string) =>
    admin.post<{ id: string }>('/nodes', { parentId, name, kind })
  const plans = await make(await admin.rootId(), 'Plans', 'folder')
  const notes = await make(plans.id, 'notes.md', 'text')
  const inner = await make(plans.id, 'Inner', 'folder')
  return { plansId: plans.id, notesId: notes.id, innerId: inner.id }
}

function row(page: Page, name: string) {
  return page.locator("[role='row'][data-id]").filter({ hasText: name })
}

async function openShareDialog(page: Page, name: string) {
  await row(page, name).focus()
  await untilKeysWork(page)
  await page.keyboard.press('Shift+S')
  const dialog = page.getByRole('dialog', { name: `Share ${name}` })
  await dialog.getByRole('heading', { name: 'Has access here' }).waitFor()
  return dialog
}

test('a folder is shared with somebody, who reads it, then edits it together with its owner, and loses it', async () => {
  await using site = await openSite()
  const { server } = site
  const { notesId } = await openShared(site)
  await using ada = await openBrowser()
  await using bob = await openBrowser()
  await signIn(ada.page, server.url, adminAccount)
  await signIn(bob.page, server.url, bobsAccount)

  // By the keyboard alone; what cannot be is said at the field.
  const dialog = await openShareDialog(ada.page, 'Plans')
  const who = dialog.getByRole('combobox', { name: 'Add people or groups' })
  await who.fill('nobody@example.com')
  await who.press('Enter')
  await dialog.getByText('Nobody here has this address').waitFor()
  await who.fill(adminAccount.email)
  await who.press('Enter')
  await dialog.getByText('nobody gives a role to themselves').waitFor()
  await who.fill(bobsAccount.email)
  await who.press('Enter')
  await ada.page.getByText('Plans is shared with Bob').waitFor()
  const role = dialog.getByLabel('Role of Bob')
  assert.equal(await role.inputValue(), 'viewer')

  // Bob finds it, and reads: nothing that he may not do is offered.
  await bob.page.getByRole('link', { name: 'Shared with me' }).click()
  await bob.page.getByRole('link', { name: 'Plans' }).click()
  await row(bob.page, 'notes.md').waitFor()
  await bob.page.getByText('Read-only').waitFor()
  const path = bob.page.getByRole('navigation', { name: 'Path' })
  await path.getByRole('link').first().waitFor()
  assert.deepEqual(await path.getByRole('link').allTextContents(), ['Shared with me'])
  const page = bob.page.getByRole('main')
  assert.equal(await page.getByRole('button', { name: /New |Upload|Share/ }).count(), 0)
  await row(bob.page, 'notes.md').focus()
  await bob.page.keyboard.press('.')
  const items = bob.page.getByRole('menu').getByRole('menuitem')
  await items.first().waitFor()
  const offered = (await items.allTextContents()).join(' ')
  assert.match(offered, /Open.*Download.*Copy to/)
  assert.doesNotMatch(offered, /Rename|Move|Cut|Share|Duplicate/)
  await bob.page.keyboard.press('Escape')
  await row(bob.page, 'notes.md').and(bob.page.locator(':focus')).waitFor()
  await bob.page.keyboard.press('Enter')
  const text = bob.page.locator('.cm-content')
  await text.waitFor()
  await waitFor('the text is read-only', async () => {
    return (await readSaveState(bob.page)) === 'Read-only'
  })
  await text.click()
  await bob.page.keyboard.type('By a viewer.')

  // He is made an editor while he looks at it.
  await role.selectOption('editor')
  await waitFor('Bob may type', async () => (await readSaveState(bob.page)) === 'Saved')
  assert.equal(await readEditor(bob.page), '')
  await ada.page.goto(`${server.url}/files/${notesId}`)
  await ada.page.locator('.cm-content').click()
  await ada.page.keyboard.type('From Ada. ')
  await waitFor('Bob sees it', async () => (await readEditor(bob.page)).includes('From Ada.'))
  await text.click()
  await bob.page.keyboard.press('Control+End')
  await bob.page.keyboard.type('From Bob.')
  await waitFor('Ada sees it', async () => (await readEditor(ada.page)).includes('From Bob.'))
  await path.getByRole('link', { name: 'Plans' }).click()
  await bob.page.getByRole('button', { name: 'New folder' }).waitFor()

  // It is taken back, and given again, and taken back.
  await ada.page.goto(server.url)
  const again = await openShareDialog(ada.page, 'Plans')
  const takeBack = again.getByRole('button', { name: 'Take back the access of Bob' })
  const lost = bob.page.getByRole('heading', { name: 'You no longer have access to Plans' })
  await takeBack.click()
  // A message stays in sight as long as somebody points at it.
  const undo = ada.page.getByRole('button', { name: 'Undo' })
  await undo.hover()
  await lost.waitFor()
  assert.equal(await row(bob.page, 'notes.md').count(), 0)
  await undo.click()
  await takeBack.waitFor()
  await bob.page.goto(`${server.url}/files/${notesId}`)
  await text.waitFor()
  await takeBack.click()
  await bob.page.getByText('You no longer have access to this file').waitFor()
  await bob.page.getByRole('link', { name: 'Go to what is shared with you' }).click()
  await bob.page.getByRole('heading', { name: 'Nothing is shared with you yet' }).waitFor()
  assert.deepEqual(ada.complaints.filter(isUnexpected), [])
  assert.deepEqual(bob.complaints.filter(isUnexpected), [])
})

test('a folder that is made private shows its name alone to the people of the folder above, until it is opened again', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const { plansId, innerId } = await openShared(site)
  await admin.createText(innerId, 'diary.md')
  await admin.putJson(`/nodes/${plansId}/grants`, {
    subject: { kind: 'user', email: bobsAccount.email },
    role: 'editor',
  })
  await using ada = await openBrowser()
  await using bob = await openBrowser()
  await signIn(ada.page, server.url, adminAccount)
  await signIn(bob.page, server.url, bobsAccount)
  const spaceUrl = ada.page.url()
  await bob.page.goto(`${spaceUrl}/folders/${innerId}`)
  await row(bob.page, 'diary.md').waitFor()
  await ada.page.goto(`${spaceUrl}/folders/${plansId}`)
  const dialog = await openShareDialog(ada.page, 'Inner')
  await dialog.getByRole('list', { name: 'From the folder Plans' }).getByText('Bob').waitFor()
  await dialog.getByRole('button', { name: 'Make private…' }).click()
  await dialog.getByText('These keep access').waitFor()
  await dialog.getByRole('button', { name: 'Make it private' }).click()
  await dialog.getByRole('heading', { name: 'Private' }).waitFor()
  await dialog.getByText('Bob').waitFor({ state: 'detached' })

  // Bob was in it: he is told, and sees in the folder above that it is there.
  await bob.page
    .getByRole('heading', { name: /no longer have access|is a private folder/ })
    .waitFor()
  await bob.page.goto(`${spaceUrl}/folders/${plansId}`)
  const inner = row(bob.page, 'Inner')
  await inner.getByText('A private folder').waitFor()
  assert.equal(await inner.getByRole('link').count(), 0)
  await inner.dblclick()
  await bob.page.getByText('Inner is private.').waitFor()
  await inner.focus()
  await untilKeysWork(bob.page)
  await bob.page.keyboard.press('.')
  const items = bob.page.getByRole('menu').getByRole('menuitem')
  await items.filter({ hasText: 'Details' }).waitFor()
  assert.equal(await items.count(), 1)
  await items.click()
  const details = bob.page.getByRole('complementary', { name: 'Details' })
  await details.getByText('Whoever keeps it can let you in').waitFor()

  await dialog.getByRole('button', { name: /^Open to the people of Plans again/ }).click()
  await dialog.getByRole('button', { name: 'Open it to them' }).click()
  await inner.getByRole('link', { name: 'Inner' }).click()
  await row(bob.page, 'diary.md').waitFor()
  assert.deepEqual(bob.complaints.filter(isUnexpected), [])
})

/** A browser complains of what it was refused; that is what happens here. */
function isUnexpected(complaint: string): boolean {
  return !/40[034]/.test(complaint)
}
