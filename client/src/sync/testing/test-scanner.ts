import { randomUUID } from 'node:crypto'
import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry, SyncedEntry, Tree } from '../model/entry.ts'
import type { DiskPath } from '../ports.ts'
import { openTestDisk } from './open-test-disk.ts'
import { scan, type ScanInput, type ScanResult } from '../scan/scan.ts'

/** Scans as the engine does, and tells what came out by paths. */
export class TestScanner {
  readonly rootId = randomUUID() as NodeId
  known: Tree<LocalEntry> = new Map()
  synced = new Map<NodeId, SyncedEntry>()
  last: ScanResult | undefined
  /** As if so much time passed between two scans that what is missing twice is removed. */
  isPatient = true
  readonly #disk: ScanInput['disk']
  readonly #options: Partial<ScanInput>
  /** Long after anything was written, unless a test says otherwise. */
  now = (): number => Date.now() + 3_600_000

  constructor(disk: ScanInput['disk'], options: Partial<ScanInput> = {}) {
    this.#disk = disk
    this.#options = options
  }

  async scan(folders?: readonly DiskPath[]): Promise<ScanResult> {
    this.last = await scan({
      disk: this.#disk,
      rootId: this.rootId,
      known: this.known,
      synced: this.synced,
      gone: this.#gone(),
      folders,
      traits: ext4,
      now: () => this.now(),
      createId: () => randomUUID() as NodeId,
      ...this.#options,
    })
    this.known = this.last.local
    return this.last
  }

  #gone(): ReadonlyMap<NodeId, number> {
    const gone = this.last?.gone ?? new Map<NodeId, number>()
    return this.isPatient ? new Map([...gone.keys()].map((id) => [id, 0])) : gone
  }

  /** As when all that is known was brought to the server. */
  settle(): void {
    for (const entry of this.known.values()) {
      const { id, parentId, name, kind, content } = entry
      this.synced.set(id, {
        id,
        parentId,
        name,
        kind,
        localContent: content,
        remoteContent: content,
      })
    }
  }

  id(path: string): NodeId | undefined {
    return [...this.known.values()].find((entry) => this.pathOf(entry) === path)?.id
  }

  paths(): string[] {
    return [...this.known.values()].map((entry) => this.pathOf(entry)).toSorted()
  }

  pathOf(entry: LocalEntry): string {
    const parent = this.known.get(entry.parentId)
    if (parent) return `${this.pathOf(parent)}/${entry.name}`
    if (entry.parentId !== this.rootId) throw new Error(`${entry.name} has no folder`)
    return entry.name
  }
}

export const ext4: ScanInput['traits'] = {
  isCaseInsensitive: false,
  isNormalizing: false,
  timeGranularityMs: 20,
  hasStableInodes: true,
}

/** A disk of its own with a scanner, and the paths of all files that were read. */
export async function openScanner() {
  const { disk, user, root, ...rest } = await openTestDisk()
  const hashed: string[] = []
  const counting: ScanInput['disk'] = {
    list: (path) => disk.list(path),
    look: (path) => disk.look(path),
    read: (path, expected) => disk.read(path, expected),
    hash(path) {
      hashed.push(path.join('/'))
      return disk.hash(path)
    },
  }
  const scanner = new TestScanner(counting)
  return { disk: counting, user, root, hashed, scanner, ...rest }
}
