import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBrowser } from '../support/browser.ts'
import { findViolations } from '../support/find-violations.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn, untilKeysWork } from '../support/site.ts'

const hit = 'top.hit = 1'
const longTarget = `${'a-long-name-of-a-folder/'.repeat(60)}${'x'.repeat(400)}`

test('a symbolic link says where it leads, and opens what is there in its space', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const parentId = await admin.rootId()
  const folder = { parentId, name: 'docs', kind: 'folder' }
  const { id: docsId } = await admin.post<{ id: string }>('/nodes', folder)
  await admin.createText(docsId, 'guide.md')
  await admin.createText(parentId, 'notes.md')
  await admin.createLink(docsId, 'up', '../notes.md')
  const guideId = await admin.createLink(parentId, 'guide', 'docs/guide.md')
  await admin.createLink(parentId, 'manual', 'docs')
  const goneId = await admin.createLink(parentId, 'gone', 'missing.md')
  const outsideId = await admin.createLink(parentId, 'outside', '../../etc/passwd')
  const selfId = await admin.createLink(parentId, 'self', 'docs/../self')

  await using ada = await openBrowser()
  const { page } = ada
  const main = page.getByRole('main')
  await signIn(page, server.url, adminAccount)
  const spaceUrl = page.url()
  await page.getByRole('link', { name: 'guide (symbolic link)' }).click()
  await main.getByText('docs/guide.md', { exact: true }).waitFor()
  await main.getByRole('button', { name: 'Download the link itself' }).waitFor()
  await main.getByRole('link', { name: 'Open guide.md' }).click()
  await page.getByRole('heading', { name: 'guide.md' }).waitFor()

  // From a quick look to a folder, and from there up again.
  await page.goto(spaceUrl)
  await untilKeysWork(page)
  await page.getByRole('row', { name: /^manual/ }).focus()
  await page.keyboard.press('Control+Space')
  await page.keyboard.press('Space')
  await page.getByRole('dialog').getByRole('link', { name: 'Open docs' }).click()
  await page.getByRole('heading', { name: 'docs' }).waitFor()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('row', { name: /^up/ }).getByRole('gridcell').first().click()
  await page.getByRole('button', { name: 'Details', exact: true }).click()
  const details = page.getByRole('complementary', { name: 'Details' })
  await details.getByText('../notes.md').waitFor()
  await details.getByRole('link', { name: 'Open notes.md' }).click()
  await page.getByRole('heading', { name: 'notes.md' }).waitFor()

  // What cannot be opened is said to be so, until it can.
  await page.goto(`${server.url}/files/${outsideId}`)
  await main.getByText(/outside the space/).waitFor()
  await page.goto(`${server.url}/files/${selfId}`)
  await main.getByText('It leads to itself').waitFor()
  await page.goto(`${server.url}/files/${goneId}`)
  await main.getByText(/^Broken link/).waitFor()
  await admin.createText(parentId, 'missing.md')
  await page.reload()
  await main.getByRole('link', { name: 'Open missing.md' }).waitFor()

  // Whoever was given the link alone does not see whether it is broken.
  const bob = { email: 'bob@example.com', password: 'the password of bob' }
  await admin.post('/users', { ...bob, name: 'Bob' })
  const grant = { subject: { kind: 'user', email: bob.email }, role: 'viewer' }
  await admin.putJson(`/nodes/${guideId}/grants`, grant)
  await using guest = await openBrowser()
  await signIn(guest.page, server.url, bob)
  await guest.page.goto(`${server.url}/files/${guideId}`)
  await guest.page.getByText('docs/guide.md', { exact: true }).waitFor()
  await guest.page.waitForLoadState('networkidle')
  assert.equal(await guest.page.getByText(/Broken link/).count(), 0)
  // A browser writes down that what a broken link leads to was not found.
  const others = ada.complaints.filter((text) => !text.includes('404'))
  assert.deepEqual([...others, ...guest.complaints], [])
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a target of any length and any characters fits on a phone and runs nothing, in ${colorScheme}`, async () => {
    await using site = await openSite()
    const { server, admin } = site
    const parentId = await admin.rootId()
    await admin.createText(parentId, 'notes.md')
    const targets = [
      [longTarget, longTarget],
      ['a\nb\u202Egpj.exe', 'a[U+000A]b[U+202E]gpj.exe'],
      [`<img src=x onerror="${hit}">`, `<img src=x onerror="${hit}">`],
      [`javascript:${hit}`, `javascript:${hit}`],
    ] as const
    await using ada = await openBrowser({ colorScheme, viewport: { width: 390, height: 844 } })
    const { page } = ada
    await signIn(page, server.url, adminAccount)
    for (const [index, [target, shown]] of targets.entries()) {
      const id = await admin.createLink(parentId, `link ${index}`, target)
      await page.goto(`${server.url}/files/${id}`)
      await page.getByText(/^Broken link/).waitFor()
      const code = page.getByRole('main').getByRole('code')
      assert.equal(await code.textContent(), shown)
      const box = await code.boundingBox()
      assert.ok(box && box.x >= 0 && box.x + box.width <= 390, `${target}: ${JSON.stringify(box)}`)
      await page.getByRole('button', { name: 'Download the link itself' }).click({ trial: true })
      assert.deepEqual(await findViolations(page), [])
    }
    assert.equal(await page.evaluate('window.hit'), undefined)
    assert.deepEqual(
      ada.complaints.filter((text) => !text.includes('404')),
      [],
    )
  })
}
