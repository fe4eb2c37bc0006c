import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

interface Settings {
  readonly name: string
  readonly conflictPolicy: string
  readonly trashDays: number
}

test('the owner of a space sets its name, what happens when two collide, and its days in the trash', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const spaceId = await admin.spaceId()
  const read = async (): Promise<Settings> => {
    const { name, conflictPolicy, trashDays } = await admin.get<Settings>(`/spaces/${spaceId}`)
    return { name, conflictPolicy, trashDays }
  }
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  await page.getByRole('link', { name: /^Settings of/ }).click()
  const name = page.getByLabel('Name')
  const days = page.getByLabel('Days in the trash')
  const save = page.getByRole('button', { name: 'Save' })
  await name.waitFor()
  assert.ok(await save.isDisabled(), 'nothing has changed')

  // By the keyboard alone: Tab from field to field, arrows within the choice, Enter to save.
  await name.fill('The garden')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('7')
  await page.getByText('will be deleted for good').waitFor()
  await page.keyboard.press('Enter')
  await page.getByText('The settings are saved').waitFor()
  assert.deepEqual(await read(), { name: 'The garden', conflictPolicy: 'ask', trashDays: 7 })
  await page.getByRole('heading', { name: 'Settings of The garden' }).waitFor()
  await page.getByRole('treeitem', { name: 'The garden' }).waitFor()

  // What cannot be is told at its field, which gets the focus; nothing is sent.
  await days.fill('0')
  await save.click()
  await page.getByText('Give a whole number of days').waitFor()
  await days.and(page.locator(':focus')).waitFor()
  await name.fill('  ')
  await days.fill('30')
  await save.click()
  await page.getByText('A space needs a name').waitFor()
  await name.fill('The \u202Egarden')
  await save.click()
  await page.getByText('Control characters cannot be used').waitFor()
  await page.getByRole('button', { name: 'Discard changes' }).click()
  await waitFor('the name is as it was', async () => (await name.inputValue()) === 'The garden')
  assert.equal(await days.inputValue(), '7')

  // What was not sent is not lost while the server is out of reach.
  await ada.context.setOffline(true)
  await days.fill('14')
  await save.click()
  await page.getByRole('alert').getByText('The settings were not saved').waitFor()
  await ada.context.setOffline(false)
  await save.click()
  // The message of before may be in sight still.
  await waitFor('it is saved', async () => (await read()).trashDays === 14)
  await page.getByText('The settings are saved').last().waitFor()
  assert.deepEqual(await read(), { name: 'The garden', conflictPolicy: 'ask', trashDays: 14 })
})

test('who does not manage a space is not offered its settings', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const spaceId = await admin.spaceId()
  await admin.addEditor('carla')
  await using carla = await openBrowser()
  const { page } = carla
  await signIn(page, server.url, {
    email: 'carla@example.com',
    password: 'the password of carla',
  })
  await page.goto(`${server.url}/spaces/${spaceId}`)
  await page.getByRole('link', { name: /^Trash of/ }).waitFor()
  assert.equal(await page.getByRole('link', { name: /^Settings of/ }).count(), 0)
  await page.goto(`${server.url}/spaces/${spaceId}/settings`)
  await page.getByRole('heading', { name: 'Your role does not allow this' }).waitFor()
  await page.getByRole('main').getByRole('link').click()
  await page.getByRole('link', { name: /^Trash of/ }).waitFor()
  await page.goto(`${server.url}/spaces/00000000-0000-7000-8000-000000000000/settings`)
  await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
  assert.deepEqual(carla.complaints, [])
})
