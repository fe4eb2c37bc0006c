import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '@cloudsync/crdt/testing'
import { TestCaller } from '@cloudsync/server/testing'
import type { AdminProcess } from './admin-process.ts'
import { ContentSource } from './content-source.ts'
import { adminAccount } from './server-process.ts'
import { StoragePerson } from './storage-person.ts'
import { StorageSite } from './storage-site.ts'
import { LossError, sendPatiently, sha256, type StoredFile } from './stored-file.ts'
import { hashInName, TusPerson } from './tus-person.ts'
import { waitFor } from './wait-for.ts'

export interface StorageTortureOptions {
  readonly seed: number
  /** Of the server and of copies, together. */
  readonly kills: number
  /** After so many rounds everything is looked at: versions, index, disk, and the store moves. */
  readonly roundsInCycle: number
  /** How many times as fast time runs for the store. */
  readonly speed: number
  /** Another server than that of the torture, for control runs. */
  readonly entry?: string
  readonly report?: (line: string) => void
}

export interface StorageTortureResult {
  readonly kills: { server: number; both: number; migration: number }
  /** By what was done, those that were acknowledged. */
  readonly done: ReadonlyMap<string, number>
  readonly checks: number
  readonly cycles: number
  readonly movedChunks: number
  readonly collectedChunks: number
  /** Chunks that were there, were taken out of the index and came again. */
  readonly revivedChunks: number
  readonly givenUp: number
  readonly slowestStartMs: number
  /** Answers that a server should not give. */
  readonly unexpected: readonly string[]
  /** What was lost; then it ended there. */
  readonly loss: string | undefined
}

const people = 3
const tusPeople = 2
/** A token lasts ten minutes. */
const signInAgainMs = 4 * 60_000

/**
 * People upload, replace, delete and bring back while the server, its database, and a copying of the store are
 * killed at random moments, and the collector works without a pause. After each restart every file holds what
 * was acknowledged last, or what was on its way.
 */
export async function runStorageTorture(
  options: StorageTortureOptions,
): Promise<StorageTortureResult> {
  await using site = await StorageSite.open(options)
  const run = new StorageTorture(options, site)
  try {
    return await run.run()
  } catch (error) {
    throw new Error(`seed ${options.seed}; the server said:\n${site.server.output}`, {
      cause: error,
    })
  } finally {
    await run.stop()
  }
}

class StorageTorture {
  readonly #options: StorageTortureOptions
  readonly #site: StorageSite
  readonly #random: () => number
  readonly #people: StoragePerson[] = []
  readonly #tusPeople: TusPerson[] = []
  readonly #kills = { server: 0, both: 0, migration: 0 }
  readonly #gone = new Set<string>()
  #folderId = ''
  #places = new Map<string, string>()
  #caller: { readonly caller: TestCaller; readonly atMs: number } | undefined
  #migration: AdminProcess | undefined
  #checks = 0
  #cycles = 0
  #movedChunks = 0
  #collectedChunks = 0
  #revivedChunks = 0
  #slowestStartMs = 0

  constructor(options: StorageTortureOptions, site: StorageSite) {
    this.#options = options
    this.#site = site
    this.#random = seededRandom(options.seed)
  }

  async run(): Promise<StorageTortureResult> {
    const { kills, roundsInCycle } = this.#options
    await this.#site.server.start()
    this.#folderId = await (await this.#signIn()).rootId()
    this.#addPeople()
    try {
      for (let round = 1; ; round++) {
        await this.#killInTheMiddle()
        await this.#start()
        await whileThere(this.#checkFiles())
        const isLast = this.#killed >= kills
        if (round % roundsInCycle === 0 || isLast) await whileThere(this.#endCycle())
        if (isLast) break
      }
    } catch (error) {
      if (!(error instanceof LossError)) throw error
      return this.#result(error.message)
    }
    return this.#result(undefined)
  }

  async stop(): Promise<void> {
    await this.#migration?.kill()
    for (const person of this.#tusPeople) await person.stop()
  }

  #addPeople(): void {
    const random = this.#random
    const source = new ContentSource(random)
    const options = { folderId: this.#folderId, source, random }
    for (let index = 0; index < people; index++) this.#people.push(new StoragePerson(options))
    for (let index = 0; index < tusPeople; index++) this.#tusPeople.push(new TusPerson(options))
  }

  async #signIn(): Promise<TestCaller> {
    if (this.#caller && performance.now() - this.#caller.atMs < signInAgainMs)
      return this.#caller.caller
    const caller = await signInPatiently(this.#site.server.url)
    this.#caller = { caller, atMs: performance.now() }
    return caller
  }

  async #start(): Promise<void> {
    await this.#site.postgres.ready()
    this.#slowestStartMs = Math.max(this.#slowestStartMs, await this.#site.server.start())
  }

  /** Everybody works, in part of the rounds the store is copied too, and then all of it dies. */
  async #killInTheMiddle(): Promise<void> {
    const random = this.#random
    const caller = await this.#signIn()
    const cutBefore = this.#cutByLiving()
    const work = this.#people.map((person) => person.actUntilGone(caller))
    const working = Promise.all(work)
    // It is waited for when the server is gone.
    working.catch(() => undefined)
    for (const person of this.#tusPeople) person.goOn(caller)
    if (random() < 0.6) this.#migration ??= this.#site.startMigration()
    await Promise.race([delay(100 + random() * 1_200), working])
    const killsDatabase = random() < 0.15
    if (this.#migration && random() < 0.8) await this.#killMigration()
    if (killsDatabase) await this.#site.postgres.kill()
    if (killsDatabase) await delay(random() * 100)
    await this.#site.server.kill()
    this.#kills[killsDatabase ? 'both' : 'server'] += 1
    await working
    const cut = this.#cutByLiving().slice(cutBefore.length)
    if (cut.length > 0 && !killsDatabase)
      throw new LossError(`while it was there: ${cut.join(', ')}`)
  }

  #cutByLiving(): readonly string[] {
    return this.#people.flatMap((person) => person.cutByLiving)
  }

  async #killMigration(): Promise<void> {
    const wasRunning = await this.#migration?.kill()
    this.#migration = undefined
    if (wasRunning) this.#kills.migration += 1
  }

  get #files(): readonly StoredFile[] {
    return [...this.#people, ...this.#tusPeople].flatMap(({ files }) => files)
  }

  async #checkFiles(): Promise<void> {
    await this.#lookAtPlaces()
    const caller = await this.#signIn()
    for (const file of this.#files) {
      await file.check(caller)
      this.#checks += 1
    }
    for (const person of this.#people) person.tidy()
  }

  /** Counts what collection and repacking have done, so that a torture in which they never ran is seen. */
  async #lookAtPlaces(): Promise<void> {
    const places = await this.#site.listPlaces()
    for (const [hash, pack] of this.#places) {
      const now = places.get(hash)
      if (now === undefined) {
        this.#collectedChunks += 1
        this.#gone.add(hash)
      } else if (now !== pack) this.#movedChunks += 1
    }
    for (const hash of places.keys()) if (this.#gone.delete(hash)) this.#revivedChunks += 1
    this.#places = places
  }

  get #killed(): number {
    const { server, both, migration } = this.#kills
    return server + both + migration
  }

  async #endCycle(): Promise<void> {
    const caller = await this.#signIn()
    for (const file of this.#files) {
      await file.checkVersions(caller)
      this.#checks += 1
    }
    await this.#checkNobodysFiles(caller)
    if (this.#migration) await this.#killMigration()
    await this.#site.server.stop()
    const faults = await this.#site.findFaults()
    if (faults.length > 0) throw new LossError(faults.join('\n'))
    await this.#site.age()
    if (this.#cycles % 2 === 1) await this.#site.moveStore()
    await this.#start()
    await this.#site.waitUntilClean()
    await this.#site.scrub()
    await this.#checkFiles()
    this.#cycles += 1
    this.#options.report?.(`${this.#killed} kills, ${this.#checks} checks, no loss`)
  }

  /** What nobody was told of is an upload of tus whose answer was lost, and whole. */
  async #checkNobodysFiles(caller: TestCaller): Promise<void> {
    const known = new Set(this.#files.map(({ id }) => id))
    const path = `/nodes/${this.#folderId}/children?limit=500`
    const listed = await sendPatiently(() => caller.send('GET', path))
    const { items = [] } = (await listed.json()) as { items?: { id: string; name: string }[] }
    for (const { id, name } of items) {
      if (known.has(id)) continue
      const answer = await sendPatiently(() => caller.send('GET', `/nodes/${id}/content`))
      const held = sha256(new Uint8Array(await answer.arrayBuffer()))
      if (held !== hashInName(name)) throw new LossError(`${name} (${id}) holds ${held}`)
      this.#checks += 1
    }
  }

  #result(loss: string | undefined): StorageTortureResult {
    const done = new Map<string, number>()
    for (const { counts } of this.#people)
      for (const [step, count] of counts) done.set(step, (done.get(step) ?? 0) + count)
    done.set(
      'tus',
      this.#tusPeople.reduce((sum, { files }) => sum + files.length, 0),
    )
    return {
      kills: this.#kills,
      done,
      checks: this.#checks,
      cycles: this.#cycles,
      movedChunks: this.#movedChunks,
      collectedChunks: this.#collectedChunks,
      revivedChunks: this.#revivedChunks,
      givenUp: this.#tusPeople.reduce((sum, person) => sum + person.givenUp, 0),
      slowestStartMs: this.#slowestStartMs,
      unexpected: this.#people.flatMap(({ unexpected }) => unexpected),
      loss,
    }
  }
}

/** Its database may be on its way. */
async function signInPatiently(url: string): Promise<TestCaller> {
  let caller: TestCaller | undefined
  await waitFor('somebody is let in', async () => {
    caller = await TestCaller.signIn(url, adminAccount).catch(() => undefined)
    return caller !== undefined
  })
  return caller as TestCaller
}

/** Nobody kills the server meanwhile: what it breaks off it does not have. */
async function whileThere(checking: Promise<void>): Promise<void> {
  try {
    await checking
  } catch (error) {
    throw error instanceof TypeError ? new LossError(error.message) : error
  }
}
