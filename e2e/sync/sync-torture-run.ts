import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ScriptedUser, WrittenContents } from '@cloudsync/client/testing'
import { Random } from '@cloudsync/crdt/testing'
import { SyncSite } from './sync-site.ts'

export interface SyncTortureOptions {
  readonly seed: number
  /** Of clients and the server, together. */
  readonly kills: number
  /** After so many kills all come to rest, and everything is looked at. */
  readonly killsInCycle: number
  /** Of the large files. */
  readonly largeBytes: { readonly least: number; readonly most: number }
  /** How long all may take to come to the same. */
  readonly restTimeoutMs: number
  readonly report?: (line: string) => void
}

const machineCount = 3
const keptActs = 2_000
const keptLines = 100
const fileNames = /[^/\s]+\.(?:md|txt|jpg|bin|dat)/g
const targets = ['client', 'client', 'client', 'server', 'both'] as const
type Target = (typeof targets)[number]

export interface SyncTortureResult {
  readonly kills: Readonly<Record<Target, number>>
  readonly acts: number
  readonly largeFiles: number
  readonly largeBytes: number
  readonly contents: WrittenContents['counts']
  readonly cycles: number
  readonly slowestRestMs: number
  /** What is lost, there twice, left behind or not the same. */
  readonly faults: readonly string[]
  /** How it came to that; empty where there are no faults. */
  readonly story: string
}

/**
 * Three people work in folders that three client processes keep in step with a server, while processes of clients and the
 * server are killed at random moments of large and small transfers. At the end of each cycle all come to rest: all
 * folders and the server hold the same, nothing that was written is lost, each word is there once.
 */
export async function runSyncTorture(options: SyncTortureOptions): Promise<SyncTortureResult> {
  await using site = await SyncSite.open(machineCount)
  const torture = new SyncTorture(options, site)
  try {
    return await torture.run()
  } catch (error) {
    throw new Error(`seed ${options.seed}:\n${await torture.tell()}`, { cause: error })
  }
}

class SyncTorture {
  readonly #options: SyncTortureOptions
  readonly #site: SyncSite
  readonly #random: Random
  readonly #contents = new WrittenContents()
  readonly #users: readonly ScriptedUser[]
  readonly #kills: Record<Target, number> = { client: 0, server: 0, both: 0 }
  readonly #lastActs: string[] = []
  #acts = 0
  #largeFiles = 0
  #largeBytes = 0
  #cycles = 0
  #slowestRestMs = 0

  constructor(options: SyncTortureOptions, site: SyncSite) {
    this.#options = options
    this.#site = site
    this.#random = new Random(options.seed)
    this.#users = site.machines.map(({ folder, home }, index) => {
      const name = `m${index + 1}`
      const random = new Random(options.seed * 10 + index + 1)
      const bin = join(home, 'bin')
      return new ScriptedUser({ name, folder, bin, random, contents: this.#contents })
    })
  }

  async run(): Promise<SyncTortureResult> {
    for (const machine of this.#site.machines) machine.start()
    const faults: string[] = []
    while (this.#killed < this.#options.kills && faults.length === 0) {
      await this.#cycle()
      faults.push(...(await this.#rest()))
      this.#cycles++
      const { files, words } = this.#contents.counts
      this.#options.report?.(
        `${this.#killed} kills, ${this.#acts} acts, ${files} contents and ${words} words: ${faults.length} faults`,
      )
    }
    if (faults.length === 0) return this.#result(faults, '')
    const story = await this.tell()
    const told = faults.map((fault) => [fault, ...linesAbout(fault, story)].join('\n  '))
    return this.#result(told, story)
  }

  /** What was done last, and how all stand. */
  async tell(): Promise<string> {
    return `${this.#lastActs.join('\n')}\n${await this.#site.describe()}`
  }

  get #killed(): number {
    return Object.values(this.#kills).reduce((sum, count) => sum + count, 0)
  }

  async #cycle(): Promise<void> {
    const { kills, killsInCycle } = this.#options
    const over = new AbortController()
    const work = this.#users.map((user) => this.#actUntil(user, over.signal))
    const copies: Promise<void>[] = []
    try {
      const last = Math.min(this.#killed + killsInCycle, kills)
      while (this.#killed < last) {
        if (this.#random.chance(0.4)) copies.push(this.#copyLarge())
        await delay(50 + this.#random.below(1500))
        this.#site.requireNoEnd()
        await this.#killSome(this.#random.pick(targets))
      }
    } finally {
      over.abort()
      await Promise.all([...work, ...copies])
    }
  }

  async #actUntil(user: ScriptedUser, signal: AbortSignal): Promise<void> {
    const random = new Random(this.#random.below(2 ** 31))
    while (!signal.aborted) {
      this.#note(user.act())
      this.#acts++
      await delay(20 + random.below(300))
    }
  }

  async #copyLarge(): Promise<void> {
    const { least, most } = this.#options.largeBytes
    const sizeBytes = least + this.#random.below(most - least)
    this.#largeFiles++
    this.#largeBytes += sizeBytes
    this.#note(await this.#random.pick(this.#users).writeLarge(sizeBytes))
  }

  /** People go on meanwhile. */
  async #killSome(target: Target): Promise<void> {
    const { server, machines } = this.#site
    const machine = this.#random.pick(machines)
    this.#note(`-- kill ${target} ${machines.indexOf(machine) + 1}`)
    this.#kills[target]++
    if (target !== 'client') await server.kill()
    if (target !== 'server') await machine.stop('SIGKILL')
    await delay(this.#random.below(800))
    if (target !== 'server') machine.start()
    if (target !== 'client') await server.start()
  }

  async #rest(): Promise<string[]> {
    const started = performance.now()
    await this.#site.untilSame(this.#options.restTimeoutMs)
    this.#slowestRestMs = Math.max(this.#slowestRestMs, performance.now() - started)
    for (const user of this.#users) user.emptyBin()
    const faults = this.#contents.findFaults(await this.#site.readServer())
    for (const [index, machine] of this.#site.machines.entries()) {
      const { code, stdout } = await machine.call('verify')
      if (code !== 0) faults.push(`client ${index + 1}: verify says ${stdout}`)
    }
    return [...faults, ...(await this.#site.findLeftovers()).map((path) => `left behind: ${path}`)]
  }

  #note(act: string): void {
    this.#lastActs.push(`${new Date().toISOString().slice(11, 23)} ${act}`)
    if (this.#lastActs.length > keptActs) this.#lastActs.shift()
  }

  #result(faults: readonly string[], story: string): SyncTortureResult {
    return {
      kills: this.#kills,
      acts: this.#acts,
      largeFiles: this.#largeFiles,
      largeBytes: this.#largeBytes,
      contents: this.#contents.counts,
      cycles: this.#cycles,
      slowestRestMs: this.#slowestRestMs,
      faults,
      story,
    }
  }
}

/** What was done to a lost or doubled content, and to files of its names: of a long story only the end is seen. */
function linesAbout(fault: string, story: string): string[] {
  const [subject] = /<[^>]+>|[0-9a-f]{8}/.exec(fault) ?? []
  if (subject === undefined) return []
  const lines = story.split('\n')
  const own = lines.filter((line) => line.includes(subject))
  const names = new Set(own.flatMap((line) => line.match(fileNames) ?? []))
  return lines
    .filter(
      (line) =>
        /^\d\d:/.test(line) && (line.match(fileNames) ?? []).some((name) => names.has(name)),
    )
    .toSorted((one, other) => one.slice(0, 8).localeCompare(other.slice(0, 8)))
    .slice(-keptLines)
}
