import type { ChildKind, FolderView } from '@cloudsync/crdt'
import { Random } from '@cloudsync/crdt/testing'
import type { NodeId } from '@cloudsync/protocol'
import type { IdempotentRequest } from '#platform/http/idempotency.ts'
import type { TreeCommand } from '#features/files/tree/tree-command.ts'
import { CommitOutcomeUnknownError, isUnavailable } from '#platform/db/database-errors.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { findLost, findSimulationFaults } from './find-simulation-faults.ts'
import { FolderServer, type FolderServerOptions } from './folder-server.ts'
import type { Fate } from './mortal-database.ts'
import { Replica } from './replica.ts'

export interface SimulatedSpace extends FolderServerOptions {
  readonly caller: Caller
  readonly spaceId: string
  readonly rootId: NodeId
}

/** Where a node was made that nobody has touched since. */
export interface Birth {
  readonly folderId: string
  readonly name: string
}

export interface SimulationCounts {
  operations: number
  crashes: number
  /** Log rows that were folded into checkpoints. */
  folded: number
}

/** Names that several want. */
const sharedNames = ['a', 'A', 'notes.md', 'Notes.md', 'b', 'c', 'x/y', 'con', 'a (2)']

/**
 * One run: replicas edit folders, lose, repeat and reorder messages, and give commands, while statements
 * fail and the server dies at any of them. In the end all comes together, and nothing may be wrong.
 */
export class Simulation {
  readonly trace: string[] = []
  readonly counts: SimulationCounts = { operations: 0, crashes: 0, folded: 0 }
  readonly births = new Map<string, Birth>()
  /** Nodes that somebody has renamed, moved, removed, or otherwise aimed at. */
  readonly touched = new Set<string>()
  readonly replicas: Replica[]
  readonly acknowledged: { folderId: NodeId; payload: Uint8Array }[] = []
  readonly faults: string[] = []
  readonly space: SimulatedSpace
  readonly #random: Random
  readonly #folders: NodeId[]
  readonly #nodes: NodeId[] = []
  readonly #concurrency: number
  readonly #inFlight = new Set<Promise<void>>()
  readonly #compactionChance: number
  #faultChance: number
  #names = 0
  #server: FolderServer

  constructor(space: SimulatedSpace, seed: number) {
    this.space = space
    this.#random = new Random(seed)
    this.#folders = [space.rootId]
    this.#concurrency = 1 + this.#random.below(5)
    this.#faultChance = this.#random.chance(0.7) ? 0.01 : 0
    this.#compactionChance = this.#random.pick([0, 0.2, 0.8])
    const count = 2 + this.#random.below(4)
    this.replicas = Array.from(
      { length: count },
      () => new Replica((_, before, after) => this.#watch(before, after)),
    )
    this.#server = this.#openServer()
  }

  get server(): FolderServer {
    return this.#server
  }

  async run(): Promise<string[]> {
    const steps = 20 + this.#random.below(40)
    for (let step = 0; step < steps; step++) {
      await this.#step()
      if (this.#server.mortal.isDead) await this.#reopen()
    }
    await this.#comeTogether()
    return [...this.faults, ...(await findSimulationFaults(this))]
  }

  #openServer(): FolderServer {
    const server = new FolderServer(this.space, () => this.#fate())
    server.onPublished((folderId, update) => {
      for (const replica of this.replicas)
        if (replica.isOnline && replica.folders.has(folderId as NodeId))
          replica.inbox.push({ folderId: folderId as NodeId, update })
    })
    return server
  }

  #fate(): Fate {
    if (this.#faultChance === 0 || !this.#random.chance(this.#faultChance)) return 'run'
    return this.#random.pick(['fail_before', 'fail_after', 'die_before', 'die_after'] as const)
  }

  async #reopen(): Promise<void> {
    this.trace.push('the server died, another opens')
    this.counts.crashes += 1
    await Promise.allSettled(this.#inFlight)
    this.#server = this.#openServer()
    await this.#attempt('what was missed', () => this.#server.reviveMissed())
  }

  // ── Steps ────────────────────────────────────────────────────────────────────────────────────

  async #step(): Promise<void> {
    this.counts.operations += 1
    const replica = this.#random.pick(this.replicas)
    const kind = this.#random.below(20)
    if (kind < 7) this.#edit(replica)
    else if (kind < 13) this.#launch(`command`, this.#command())
    else if (kind === 13) replica.isOnline = !replica.isOnline
    else if (kind === 14 && this.#faultChance > 0) this.#server.mortal.die()
    if (this.#random.chance(this.#compactionChance)) this.#launch('compaction', this.#compact())
    await this.#exchange(this.#random.pick(this.replicas))
    while (this.#inFlight.size >= this.#concurrency) await Promise.race(this.#inFlight)
  }

  /** Edits a folder as a client does, offline or not. */
  #edit(replica: Replica): void {
    const folderId = this.#random.pick(this.#folders)
    const children = [...replica.view(folderId).keys()]
    const known = children.length > 0 ? this.#random.pick(children) : undefined
    const dice = this.#random.below(10)
    if (dice < 5 || known === undefined) this.#create(replica, folderId)
    else if (dice < 7) {
      const name = this.#name()
      const { kind } = replica.view(folderId).get(known) ?? { kind: 'text' as const }
      this.#touch(`rename ${known} to ${name}`, known)
      replica.put(folderId, known, name, kind)
    } else if (dice < 9) {
      this.#touch(`remove ${known}`, known)
      replica.remove(folderId, known)
    } else this.#breakRule(replica, folderId, known)
  }

  #create(replica: Replica, folderId: NodeId): void {
    const id = this.#random.uuid() as NodeId
    const kind: ChildKind = this.#random.chance(0.5) ? 'folder' : 'text'
    const name = this.#name()
    this.trace.push(`create ${kind} ${name} (${id}) in ${folderId}`)
    this.#born(id, kind, { folderId, name })
    replica.put(folderId, id, name, kind)
  }

  #breakRule(replica: Replica, folderId: NodeId, known: string): void {
    const stolen = this.#nodes.length > 0 ? this.#random.pick(this.#nodes) : known
    this.#touch(`break the rules of ${folderId} with ${stolen} and ${known}`, stolen, known)
    replica.put(folderId, stolen, this.#name(), 'text')
    replica
      .doc(folderId)
      .getMap('children')
      .set(`k|${known}`, this.#random.pick(['blob', 7]))
    replica.doc(folderId).getMap('children').set('stray', 1)
  }

  // ── Commands ─────────────────────────────────────────────────────────────────────────────────

  /** Gives commands; an answer that never came is asked for again. */
  async #command(): Promise<void> {
    const server = this.#server
    const target = this.#nodes.length > 0 ? this.#random.pick(this.#nodes) : this.space.rootId
    if (this.#random.chance(0.1)) {
      this.#touch(`purge ${target}`, target)
      await this.#attempt('purge', () => server.purge(this.space.caller, target))
      return
    }
    const count = this.#random.chance(0.3) ? 1 + this.#random.below(5) : 1
    const commands = Array.from({ length: count }, () => this.#anyCommand())
    const request: IdempotentRequest = {
      key: this.#random.uuid(),
      fingerprint: Buffer.from(JSON.stringify(commands)),
    }
    for (let attempt = 0; attempt < 2; attempt++) {
      const at = this.#server
      const outcome = await this.#attempt('command', () =>
        at.command(this.space.caller, commands, request),
      )
      if (outcome !== 'failed') return
    }
  }

  #anyCommand(): TreeCommand {
    const random = this.#random
    const id = this.#nodes.length > 0 ? random.pick(this.#nodes) : this.space.rootId
    const parentId = random.pick(this.#folders)
    const ifTaken = random.chance(0.5) ? ('rename' as const) : ('fail' as const)
    const type = random.pick(['create', 'move', 'move', 'trash', 'restore', 'copy'] as const)
    this.trace.push(`${type} ${id} in ${parentId}`)
    if (type === 'create') {
      const made = random.uuid() as NodeId
      const kind = random.chance(0.5) ? ('folder' as const) : ('text' as const)
      const name = this.#name()
      this.#born(made, kind, { folderId: parentId, name })
      return { type, id: made, parentId, name, kind, ifTaken: 'fail' }
    }
    if (type === 'copy') {
      const copyId = random.uuid() as NodeId
      this.touched.add(copyId)
      this.#nodes.push(copyId)
      return { type, id, copyId, parentId, name: this.#name(), ifTaken }
    }
    this.touched.add(id)
    if (type !== 'move') return { type, id }
    const name = random.chance(0.5) ? this.#name() : undefined
    const seen = random.chance(0.3) ? { parentId: this.space.rootId, name: 'a' } : undefined
    return { type, id, parentId, name, ifTaken, seen }
  }

  // ── History ──────────────────────────────────────────────────────────────────────────────────

  /** Folds the log of a folder, mostly of the busiest, and at times sheds what was folded. */
  async #compact(): Promise<void> {
    const server = this.#server
    const isBusiest = this.#random.chance(0.7)
    const folderId = isBusiest ? this.space.rootId : this.#random.pick(this.#folders)
    this.trace.push(`compact ${folderId}`)
    const folded = await this.#attempt('compaction', () => server.compact(folderId))
    if (typeof folded === 'number') this.counts.folded += folded
    if (this.#random.chance(0.3)) {
      this.trace.push('shed history')
      await this.#attempt('expiry', () => server.expireHistory())
    }
  }

  // ── Messages ─────────────────────────────────────────────────────────────────────────────────

  /** Some of what is on its way arrives: late, twice, in another order, or not at all. */
  async #exchange(replica: Replica): Promise<void> {
    if (!replica.isOnline) return
    for (let count = this.#random.below(4); count > 0 && replica.inbox.length > 0; count--) {
      const [message] = replica.inbox.splice(this.#place(replica.inbox.length), 1)
      if (!message || this.#random.chance(0.15)) continue
      replica.take(message.folderId, message.update)
      if (this.#random.chance(0.1)) replica.take(message.folderId, message.update)
    }
    for (let count = this.#random.below(4); count > 0 && replica.outbox.length > 0; count--) {
      const [message] = replica.outbox.splice(this.#place(replica.outbox.length), 1)
      if (!message || this.#random.chance(0.1)) continue
      this.#launch('update', this.#send(replica, message.folderId, message.update))
      if (this.#random.chance(0.1))
        this.#launch('update again', this.#send(replica, message.folderId, message.update))
    }
  }

  #place(length: number): number {
    return this.#random.chance(0.8) ? 0 : this.#random.below(length)
  }

  async #send(replica: Replica, folderId: NodeId, payload: Uint8Array): Promise<void> {
    const server = this.#server
    const isOpen = this.#random.chance(0.3)
    const outcome = await this.#attempt('update', async () => {
      const reception = await server.receive(this.space.caller, folderId, payload, isOpen)
      if (reception !== 'gap') return reception
      const { vector } = await server.read(folderId)
      const state = replica.stateSince(folderId, vector)
      return server.receive(this.space.caller, folderId, state, isOpen)
    })
    if (outcome === 'taken') this.acknowledged.push({ folderId, payload })
  }

  async #comeTogether(): Promise<void> {
    await Promise.allSettled(this.#inFlight)
    this.#faultChance = 0
    this.trace.push('all comes together')
    if (this.#server.mortal.isDead) await this.#reopen()
    // Before anybody brings again what is lost.
    this.faults.push(...(await findLost(this)))
    for (const replica of this.replicas) {
      replica.isOnline = true
      replica.inbox.length = 0
    }
    // A folder that one has made in a folder of another is taken after that, and one that comes back
    // from the trash after it has.
    for (let quietRounds = 0; quietRounds < 3; quietRounds++) {
      for (const replica of this.replicas) if (await this.#synchronize(replica)) quietRounds = 0
      await this.#server.settled()
    }
  }

  /** As the first exchange of a connection: each side gives what the other lacks. */
  async #synchronize(replica: Replica): Promise<boolean> {
    let hasTaken = false
    for (const folderId of replica.folders.keys()) {
      const { vector } = await this.#server.read(folderId)
      const state = replica.stateSince(folderId, vector)
      const reception = await this.#server.receive(this.space.caller, folderId, state, false)
      if (reception === 'gap') this.faults.push(`a whole state of ${folderId} has a gap`)
      if (reception === 'refused') continue
      hasTaken ||= reception === 'taken'
      const { update } = await this.#server.read(folderId, replica.vector(folderId))
      replica.take(folderId, update)
    }
    return hasTaken
  }

  // ── Bookkeeping ──────────────────────────────────────────────────────────────────────────────

  #launch(what: string, work: Promise<unknown>): void {
    const done: Promise<void> = work
      .then(
        () => undefined,
        (error: unknown) => void this.faults.push(`${what} failed: ${String(error)}`),
      )
      .finally(() => this.#inFlight.delete(done))
    this.#inFlight.add(done)
  }

  /** `failed`: it may have happened or not. Only what a failing database explains may be thrown. */
  async #attempt<Result>(
    what: string,
    work: () => Promise<Result>,
  ): Promise<Result | 'failed' | 'refused'> {
    const server = this.#server
    try {
      return await Promise.race([work(), server.mortal.died.then(() => 'failed' as const)])
    } catch (error) {
      if (error instanceof ProblemError && error.code !== 'unavailable') return 'refused'
      const isExplained =
        error instanceof CommitOutcomeUnknownError ||
        isUnavailable(error) ||
        error instanceof ProblemError
      if (!isExplained || this.#faultChance === 0)
        this.faults.push(`${what} failed: ${error instanceof Error ? error.stack : String(error)}`)
      return 'failed'
    }
  }

  /** A node that nobody has touched is seen by everybody where and as it was made. */
  #watch(before: FolderView, after: FolderView): void {
    for (const [id, { name }] of before)
      if (!this.touched.has(id) && this.births.get(id)?.name.startsWith('own') === true)
        if (after.get(id)?.name !== name)
          this.faults.push(`somebody saw ${name} (${id}) change, which nobody has touched`)
  }

  #born(id: NodeId, kind: ChildKind, birth: Birth): void {
    this.births.set(id, birth)
    this.#nodes.push(id)
    if (kind === 'folder') this.#folders.push(id)
  }

  #touch(what: string, ...ids: string[]): void {
    this.trace.push(what)
    for (const id of ids) this.touched.add(id)
  }

  /** One of its own, or one that others want too. */
  #name(): string {
    return this.#random.chance(0.6) ? `own ${this.#names++}` : this.#random.pick(sharedNames)
  }
}
