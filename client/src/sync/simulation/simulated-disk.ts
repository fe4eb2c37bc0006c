import { createHash } from 'node:crypto'
import { DiskError } from '../model/failures.ts'
import type { ContentName, Fingerprint } from '../model/entry.ts'
import type { Disk, DiskItem, DiskOutcome, DiskPath } from '../ports.ts'
import type { DiskNode, DiskState } from './disk-state.ts'
import type { Actor, Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface DiskFaults {
  /** How often a call fails. */
  errorRate: number
  /** Nothing can be written. */
  isFull: boolean
  /** Cannot be listed, for as long as it is set. */
  unreadable?: DiskNode | undefined
}

/** For proofs that the simulation finds what it is there to find. */
export interface DiskFlaws {
  /** Writes over whatever is there. */
  readonly ignoresFingerprints?: boolean
  /** Trashes folders with all that is in them. */
  readonly trashesUnseen?: boolean
  /** A folder that cannot be read has nothing in it. */
  readonly unreadableIsEmpty?: boolean
  /** What is written over is not executable any more. */
  readonly losesModes?: boolean
}

const changed = { kind: 'changed' } as const
const errorCodes = ['EIO', 'EMFILE', 'EACCES']

/** A disk as one process sees it: every call waits before and after it is done, and some fail. */
export class SimulatedDisk implements Disk {
  readonly #state: DiskState
  readonly #actor: Actor
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #faults: DiskFaults
  readonly #flaws: DiskFlaws

  constructor(parts: {
    state: DiskState
    actor: Actor
    scheduler: Scheduler
    random: SeededRandom
    faults: DiskFaults
    flaws: DiskFlaws
  }) {
    this.#state = parts.state
    this.#actor = parts.actor
    this.#scheduler = parts.scheduler
    this.#random = parts.random
    this.#faults = parts.faults
    this.#flaws = parts.flaws
  }

  check(): Promise<'present' | 'missing'> {
    return this.#call('check', () => (this.#state.isMounted ? 'present' : 'missing'))
  }

  async list(folder: DiskPath): Promise<readonly DiskItem[]> {
    try {
      return await this.#call(`list ${folder.join('/')}`, () => {
        const found = this.#mounted().folder(folder)
        if (!found) throw new DiskError('ENOENT', folder.join('/'))
        if (found === this.#faults.unreadable) throw new DiskError('EACCES', folder.join('/'))
        return [...found.children.values()].map((node) => this.#item(node))
      })
    } catch (error) {
      if (this.#flaws.unreadableIsEmpty) return []
      throw error
    }
  }

  look(path: DiskPath): Promise<DiskItem | undefined> {
    return this.#call(`look ${path.join('/')}`, () => {
      const node = this.#mounted().find(path)
      return node && this.#item(node)
    })
  }

  async hash(
    path: DiskPath,
  ): Promise<DiskOutcome<{ sha256: ContentName; fingerprint: Fingerprint }>> {
    const before = await this.look(path)
    if (before?.kind !== 'file') return changed
    return this.#call(`hash ${path.join('/')}`, () => {
      const node = this.#mounted().find(path)
      if (node?.kind !== 'file' || !this.#is(node, before.fingerprint)) return changed
      const sha256 = createHash('sha256').update(node.bytes).digest('hex')
      return { kind: 'done', value: { sha256, fingerprint: before.fingerprint } }
    })
  }

  async *read(path: DiskPath, expected: Fingerprint): AsyncIterable<Uint8Array> {
    for (const part of [0, 1]) {
      yield await this.#call(`read ${path.join('/')} ${part}`, () => {
        const node = this.#mounted().find(path)
        if (node?.kind !== 'file' || !this.#is(node, expected))
          throw new DiskError('changed', path.join('/'))
        const middle = node.bytes.length >> 1
        return part === 0 ? node.bytes.slice(0, middle) : node.bytes.slice(middle)
      })
    }
  }

  makeFolder(path: DiskPath): Promise<DiskOutcome> {
    return this.#call(`makeFolder ${path.join('/')}`, () => {
      this.#refuseWhenFull()
      return this.#mounted().makeFolder(path) ? this.#done(path) : changed
    })
  }

  async write(
    path: DiskPath,
    content: AsyncIterable<Uint8Array>,
    expected: Fingerprint | null,
    whenStaged?: (fingerprint: Fingerprint) => Promise<void>,
    isExecutable = false,
  ): Promise<DiskOutcome> {
    const parts: Uint8Array[] = []
    for await (const part of content) parts.push(part)
    const bytes = Buffer.concat(parts)
    const staged = this.#state.stage()
    const times = { modifiedMs: staged.bornMs, changedMs: staged.bornMs }
    await whenStaged?.(
      this.#state.fingerprint({ kind: 'file', name: '', bytes, isExecutable, ...staged, ...times }),
    )
    return this.#call(`write ${path.join('/')}`, () => {
      this.#refuseWhenFull()
      const there = this.#mounted().find(path)
      const isAsSaid = expected === null ? !there : there !== undefined && this.#is(there, expected)
      if (!isAsSaid && !this.#flaws.ignoresFingerprints) return changed
      if (!this.#state.write(path, bytes, false, staged)) return changed
      if (expected === null && isExecutable) this.#state.setMode(path, true)
      if (expected !== null && this.#flaws.losesModes) this.#state.setMode(path, false)
      this.#state.setBack(path)
      return this.#done(path)
    })
  }

  async writeLink(
    path: DiskPath,
    target: string,
    expected: Fingerprint | null,
    whenStaged?: (fingerprint: Fingerprint) => Promise<void>,
  ): Promise<DiskOutcome> {
    const staged = this.#state.stage()
    const times = { modifiedMs: staged.bornMs, changedMs: staged.bornMs }
    await whenStaged?.(
      this.#state.fingerprint({ kind: 'symlink', name: '', target, ...staged, ...times }),
    )
    return this.#call(`link ${path.join('/')}`, () => {
      this.#refuseWhenFull()
      const there = this.#mounted().find(path)
      const isAsSaid =
        expected === null ? !there : there?.kind === 'symlink' && this.#is(there, expected)
      if (!isAsSaid || !this.#state.link(path, target, staged)) return changed
      this.#state.setBack(path)
      return this.#done(path)
    })
  }

  setExecutable(
    path: DiskPath,
    expected: Fingerprint,
    isExecutable: boolean,
  ): Promise<DiskOutcome> {
    return this.#call(`chmod ${path.join('/')}`, () => {
      const node = this.#mounted().find(path)
      if (node?.kind !== 'file' || !this.#is(node, expected)) return changed
      this.#state.setMode(path, isExecutable)
      return this.#done(path)
    })
  }

  move(from: DiskPath, to: DiskPath, expected: Fingerprint): Promise<DiskOutcome> {
    return this.#call(`move ${from.join('/')} to ${to.join('/')}`, () => {
      const node = this.#mounted().find(from)
      if (!node || !this.#isSameNode(node, expected)) return changed
      return this.#state.move(from, to) ? this.#done(to) : changed
    })
  }

  trash(
    path: DiskPath,
    expected: Fingerprint,
    alongside: ReadonlySet<string> = new Set(),
  ): Promise<DiskOutcome<void>> {
    return this.#call(`trash ${path.join('/')}`, () => {
      const node = this.#mounted().find(path)
      if (!node || !this.#isSameNode(node, expected)) return changed
      const isEmpty =
        node.kind !== 'folder' || [...node.children.keys()].every((name) => alongside.has(name))
      if (!isEmpty && !this.#flaws.trashesUnseen) return changed
      this.#state.trash(path)
      return { kind: 'done', value: undefined }
    })
  }

  async *watch(signal: AbortSignal): AsyncIterable<DiskPath | undefined> {
    let wake: (() => void) | undefined
    const hints: DiskPath[] = []
    const listener = (folder: DiskPath) => {
      // Watchers lose some, and then say nothing.
      if (this.#state.traits.tellsAll === true || this.#random.chance(0.8)) hints.push(folder)
      wake?.()
    }
    this.#state.onChange.add(listener)
    try {
      while (!signal.aborted) {
        await this.#scheduler.turn(this.#actor, 'watch')
        const hint = hints.shift()
        if (hint) yield hint
        else
          await new Promise<void>((resolve) => {
            wake = resolve
            signal.addEventListener('abort', () => resolve(), { once: true })
          })
      }
    } finally {
      this.#state.onChange.delete(listener)
    }
  }

  async #call<T>(what: string, act: () => T): Promise<T> {
    await this.#scheduler.turn(this.#actor, what)
    if (this.#random.chance(this.#faults.errorRate))
      throw new DiskError(this.#random.pick(errorCodes) ?? 'EIO', what)
    const result = act()
    await this.#scheduler.turn(this.#actor, `${what} done`)
    return result
  }

  #mounted(): DiskState {
    if (!this.#state.isMounted) throw new DiskError('ENOENT', 'unmounted')
    return this.#state
  }

  #done(path: DiskPath): DiskOutcome {
    const node = this.#state.find(path)
    return node ? { kind: 'done', value: this.#state.fingerprint(node) } : changed
  }

  #item(node: DiskNode): DiskItem {
    const { name, kind } = node
    const fingerprint = this.#state.fingerprint(node)
    return kind === 'symlink'
      ? { name, kind, fingerprint, target: node.target }
      : { name, kind, fingerprint }
  }

  #refuseWhenFull(): void {
    if (this.#faults.isFull) throw new DiskError('ENOSPC', 'the disk is full')
  }

  #is(node: DiskNode, expected: Fingerprint): boolean {
    const is = this.#state.fingerprint(node)
    return (
      is.inode === expected.inode &&
      is.sizeBytes === expected.sizeBytes &&
      is.modifiedNs === expected.modifiedNs &&
      is.changedNs === expected.changedNs
    )
  }

  /** Of a folder only which one it is: its times change with what is in it. */
  #isSameNode(node: DiskNode, expected: Fingerprint): boolean {
    return node.kind === 'folder' ? String(node.inode) === expected.inode : this.#is(node, expected)
  }
}
