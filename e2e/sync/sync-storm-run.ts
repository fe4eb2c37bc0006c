import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  saveText,
  saveWays,
  withLine,
  WrittenContents,
  type SyncClient,
} from '@cloudsync/client/testing'
import { Random } from '@cloudsync/crdt/testing'
import { openBrowser, type Person } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { readSaveState, signIn } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'
import { SyncSite } from './sync-site.ts'

export interface SyncStormOptions {
  readonly seed: number
  readonly durationMs: number
  readonly restTimeoutMs: number
}

export interface SyncStormResult {
  readonly saves: number
  readonly typed: number
  readonly uncertain: number
  /** Until all six showed the same, after the last edit. */
  readonly restMs: number
  readonly faults: readonly string[]
  /** What all six have in the end. */
  readonly text: string
}

const count = 3
const fileName = 'storm.txt'

/**
 * Programs save one file in three folders, in every way that programs have, and three people type into it in browsers,
 * all at once. Then all six have to show the same, with each word there once.
 */
export async function runSyncStorm(options: SyncStormOptions): Promise<SyncStormResult> {
  await using site = await SyncSite.open(count)
  await using browsers = new AsyncDisposableStack()
  try {
    return await storm(options, site, browsers)
  } catch (error) {
    throw new Error(`seed ${options.seed}:\n${await site.describe()}`, { cause: error })
  }
}

async function storm(
  { seed, durationMs, restTimeoutMs }: SyncStormOptions,
  site: SyncSite,
  browsers: AsyncDisposableStack,
): Promise<SyncStormResult> {
  const contents = new WrittenContents()
  const [first] = site.machines
  if (!first) throw new Error('there is no machine')
  await writeFile(join(first.folder, fileName), `${contents.newWord('first')}\n`)
  for (const machine of site.machines) machine.start()
  await site.untilSame(restTimeoutMs)
  const pages = await openPages(site, browsers)
  const until = performance.now() + durationMs
  const scripts = site.machines.map((machine, index) =>
    saveUntil(until, machine, `m${index + 1}`, new Random(seed * 10 + index), contents),
  )
  const typists = pages.map((person, index) =>
    typeUntil(until, person, `b${index + 1}`, new Random(seed * 10 + 5 + index), contents),
  )
  const [saves, typed] = await Promise.all([sumOf(scripts), sumOf(typists)])
  const stopped = performance.now()
  await waitFor('all that was typed is saved', () => areSaved(pages), restTimeoutMs)
  await site.untilSame(restTimeoutMs)
  await waitFor(
    'the editors show what the files hold',
    () => showTheFile(pages, first.folder),
    restTimeoutMs,
  )
  const restMs = performance.now() - stopped
  const found = await site.readServer()
  const faults = contents.findFaults(found)
  for (const { complaints } of pages) faults.push(...complaints)
  const text = found.texts.get(fileName) ?? ''
  return { saves, typed, uncertain: contents.counts.uncertain, restMs, faults, text }
}

async function openPages(site: SyncSite, browsers: AsyncDisposableStack): Promise<Person[]> {
  const id = await site.findFile(fileName)
  const people: Person[] = []
  for (let index = 0; index < count; index++) {
    const person = browsers.use(await openBrowser())
    await signIn(person.page, site.server.url, adminAccount)
    await person.page.goto(`${site.server.url}/files/${id}`)
    await person.page.locator('.cm-content').waitFor()
    people.push(person)
  }
  return people
}

async function saveUntil(
  until: number,
  { folder }: SyncClient,
  name: string,
  random: Random,
  contents: WrittenContents,
): Promise<number> {
  for (let saves = 0; ; saves++) {
    await delay(100 + random.below(1000))
    if (performance.now() > until) return saves
    const word = contents.newWord(name)
    const way = random.pick(saveWays)
    const at = way === 'append' ? 1 : random.next()
    const saved = saveText(join(folder, fileName), way, (text) => withLine(text, word, at))
    if (saved === 'uncertain') contents.uncertain(word)
  }
}

async function typeUntil(
  until: number,
  { page }: Person,
  name: string,
  random: Random,
  contents: WrittenContents,
): Promise<number> {
  await page.locator('.cm-content').click()
  for (let typed = 0; ; typed++) {
    await page.keyboard.press(random.chance(0.5) ? 'Control+Home' : 'Control+End')
    for (let steps = random.below(6); steps > 0; steps--)
      await page.keyboard.press(random.chance(0.5) ? 'ArrowDown' : 'ArrowUp')
    // To the end of what is shown as one line, and then to that of the line itself.
    await page.keyboard.press('End')
    await page.keyboard.press('End')
    if (performance.now() > until) return typed
    // At once: who types letter by letter has others' words in their own where they type at the same place.
    await page.keyboard.insertText(` ${contents.newWord(name)}`)
    await delay(random.below(400))
  }
}

async function areSaved(people: readonly Person[]): Promise<boolean> {
  const states = await Promise.all(people.map(({ page }) => readSaveState(page)))
  return states.every((state) => state === 'Saved')
}

async function showTheFile(people: readonly Person[], folder: string): Promise<boolean> {
  const text = await readFile(join(folder, fileName), 'utf8')
  const shown = await Promise.all(people.map(({ page }) => readDocument(page)))
  return shown.every((one) => one === text)
}

/**
 * All of it: the page itself holds only the lines in sight. CodeMirror hangs itself on its elements, by a name that its
 * versions differ in.
 */
function readDocument(page: Person['page']): Promise<string> {
  return page.evaluate(`{
    const { cmView, cmTile } = document.querySelector('.cm-content')
    String((cmView ?? cmTile).view.state.doc)
  }`)
}

async function sumOf(counts: readonly Promise<number>[]): Promise<number> {
  return (await Promise.all(counts)).reduce((sum, one) => sum + one, 0)
}
