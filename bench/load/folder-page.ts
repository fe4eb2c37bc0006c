import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'

const flags = [
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Chromium refuses its sandbox to root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

const TIMEOUT_MS = 60_000
const SCROLL_STEPS = 100

/** Runs in the page. Times are of the wall clock, in milliseconds, taken after the frame was painted. */
const script = `
window.now = () => performance.timeOrigin + performance.now()
window.rows = () => [...document.querySelectorAll("[role='row'][data-id]")]
window.hasRow = (name) => rows().some((row) => row.querySelector('a')?.textContent === name)
window.painted = (isSo) => new Promise((resolve) => {
  const look = () => isSo() ? setTimeout(() => resolve(now())) : requestAnimationFrame(look)
  requestAnimationFrame(look)
})
window.clickedAt = 0
addEventListener('click', (event) => { clickedAt = performance.timeOrigin + event.timeStamp }, true)
window.longTasks = []
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longTasks.push(duration)
}).observe({ type: 'longtask' })
`

export interface OpeningTimes {
  readonly firstRowsMs: number
  readonly allRowsMs: number
  readonly longestTaskMs: number
}

export interface ScrollFigures {
  readonly drawnRows: number
  readonly longestFrameMs: number
}

/** The web app in a browser of its own, signed in, that shows the folders of one person. */
export class FolderPage implements AsyncDisposable {
  readonly #page: Page
  readonly #close: () => Promise<void>

  private constructor(page: Page, close: () => Promise<void>) {
    this.#page = page
    this.#close = close
  }

  static async open(
    url: string,
    account: { readonly email: string; readonly password: string },
  ): Promise<FolderPage> {
    const profile = await mkdtemp(join(tmpdir(), 'cloudsync-bench-browser-'))
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      headless: true,
      args: flags,
      viewport: { width: 1280, height: 800 },
    })
    const page = context.pages()[0] ?? (await context.newPage())
    page.setDefaultTimeout(TIMEOUT_MS)
    await page.addInitScript(script)
    await page.goto(url)
    await page.getByLabel('E-mail').fill(account.email)
    await page.getByLabel('Password').fill(account.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    return new FolderPage(page, async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    })
  }

  get browserName(): string {
    return `Chromium ${this.#page.context().browser()?.version() ?? ''}`.trim()
  }

  /** From the click on a folder of the list to its first rows, and to all `count` of them in order. */
  async openFolder(name: string, count: number): Promise<OpeningTimes> {
    const link = this.#page.getByRole('grid').getByRole('link', { name, exact: true })
    await link.waitFor()
    await this.#page.evaluate('longTasks.length = 0')
    const grid = `document.querySelector("[role='grid'][aria-label='Files in ${name}']")`
    const isWhole = `${grid}?.getAttribute('aria-rowcount') === '${count + 1}'`
    const first = this.#painted(`${grid} !== null && rows().length > 0`)
    const all = this.#painted(`${isWhole} && !document.querySelector("[aria-busy='true']")`)
    await link.click()
    const [firstAt, allAt] = [await first, await all]
    const clickedAt = await this.#page.evaluate<number>('clickedAt')
    return {
      firstRowsMs: firstAt - clickedAt,
      allRowsMs: allAt - clickedAt,
      longestTaskMs: await this.#longestTask(),
    }
  }

  /** Scrolls from the top to the bottom and back, a jump per frame. */
  async scroll(): Promise<ScrollFigures> {
    return this.#page.evaluate<ScrollFigures>(`(async () => {
      const scroller = document.querySelector('[data-grid-scroller]')
      const frame = () => new Promise(requestAnimationFrame)
      let [drawnRows, longestFrameMs, before] = [0, 0, await frame()]
      for (let step = 1; step <= ${SCROLL_STEPS}; step += 1) {
        const part = 1 - Math.abs(1 - (2 * step) / ${SCROLL_STEPS})
        scroller.scrollTop = part * (scroller.scrollHeight - scroller.clientHeight)
        const at = await frame()
        drawnRows = Math.max(drawnRows, rows().length)
        longestFrameMs = Math.max(longestFrameMs, at - before)
        before = at
      }
      return { drawnRows, longestFrameMs }
    })()`)
  }

  /** From the call of `change` until a row of the name is painted. */
  async timeChange(name: string, change: () => Promise<unknown>): Promise<number> {
    const seen = this.#painted(`hasRow(${JSON.stringify(name)})`)
    // The page must be looking before anything happens.
    await this.#page.evaluate('0')
    const begin = performance.timeOrigin + performance.now()
    await change()
    return (await seen) - begin
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }

  #painted(isSo: string): Promise<number> {
    return this.#page.evaluate<number>(`painted(() => ${isSo})`)
  }

  #longestTask(): Promise<number> {
    return this.#page.evaluate<number>('Math.max(0, ...longTasks)')
  }
}
