import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn, untilKeysWork } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

/** 1 × 1, transparent. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const svg = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg"><script>top.hit = 1</script></svg>',
)

test('a picture is shown, other files are offered, and an SVG never runs', async () => {
  await using site = await openSite()
  const { server } = site
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  await page.getByRole('heading', { name: /Drop files here/ }).waitFor()
  await page
    .getByLabel('Files to upload')
    .first()
    .setInputFiles([
      { name: 'dot.png', mimeType: 'image/png', buffer: png },
      { name: 'data.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0, 1, 2, 0]) },
      { name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: svg },
    ])
  const row = (name: string) => page.locator("[role='row'][data-id]").filter({ hasText: name })
  await page.getByRole('heading', { name: '3 files uploaded' }).waitFor()

  // A quick look, and a step to the next file and back.
  await row('dot.png').click({ position: { x: 300, y: 10 } })
  await untilKeysWork(page)
  await page.keyboard.press('Space')
  const look = page.getByRole('dialog')
  const picture = look.getByRole('img', { name: 'dot.png' })
  await waitFor('the picture is loaded', () =>
    picture.evaluate((image) => 'naturalWidth' in image && image.naturalWidth === 1),
  )
  await page.keyboard.press('ArrowUp')
  await page
    .getByRole('dialog', { name: 'data.bin' })
    .getByRole('button', { name: 'Download' })
    .waitFor()
  await page.keyboard.press('Escape')

  // On a page of its own.
  await row('dot.png').getByRole('link').click()
  await page.getByRole('button', { name: 'Show in full size' }).waitFor()
  await page.getByRole('navigation', { name: 'Path' }).getByRole('link').first().click()
  await row('drawing.svg').getByRole('link').click()
  await page.getByRole('heading', { name: 'drawing.svg' }).first().waitFor()
  assert.equal(await page.evaluate('window.hit'), undefined)
  assert.deepEqual(ada.complaints, [])
})
