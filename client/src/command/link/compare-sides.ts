import { createHash } from 'node:crypto'
import { findNameFault } from '@cloudsync/crdt'
import type { NodeId, SyncNode } from '@cloudsync/protocol'
import type { CloudSyncClient } from '../../sdk/index.ts'
import { IgnoreRules, ignoreFileName } from '../../sync/ignore/ignore-rules.ts'
import { isSafeTarget } from '../../sync/model/safe-target.ts'
import type { EntryKind } from '../../sync/model/entry.ts'
import { DiskError } from '../../sync/model/failures.ts'
import type { Disk, DiskItem, DiskPath } from '../../sync/ports.ts'
import type { Link } from '../settings/links.ts'

export interface Difference {
  readonly path: string
  readonly kind:
    | 'only-here'
    | 'name-refused'
    | 'only-on-server'
    | 'content'
    | 'kind'
    | 'mode'
    | 'changing'
    | 'unreadable'
}

export interface Comparison {
  readonly files: number
  readonly folders: number
  /** Read here. */
  readonly bytes: number
  /** Neither here nor there is it asked about. */
  readonly leftOut: number
  readonly differences: readonly Difference[]
}

export interface CompareInput {
  readonly disk: Disk
  readonly client: CloudSyncClient
  readonly link: Link
  /** What the disk calls what the server calls otherwise. */
  readonly toDisk: (name: string) => string
  readonly holdsLinks: boolean
  /** The bytes of all files come from the server, not of texts alone. */
  readonly isDownloading: boolean
  readonly onProgress: (progress: { readonly files: number; readonly bytes: number }) => void
}

/** Compares both sides by nothing but what they hold now. */
export async function compareSides(input: CompareInput): Promise<Comparison> {
  const remote = await listRemote(input)
  const comparing = new SidesComparing(input, remote)
  await comparing.compareFolder([], IgnoreRules.builtIn)
  return comparing.finish()
}

interface RemoteItem {
  readonly node: SyncNode
  readonly path: string
}

async function listRemote({
  client,
  link,
  toDisk,
}: CompareInput): Promise<ReadonlyMap<string, RemoteItem>> {
  const nodes = new Map<NodeId, SyncNode>()
  const below = link.isWholeSpace ? {} : { folderId: link.folderId }
  for await (const page of client.changes.snapshot(link.spaceId, below))
    for (const node of page.items) nodes.set(node.id, node)
  const excluded = new Set(link.excluded.map(({ id }) => id))
  const items = new Map<string, RemoteItem>()
  for (const node of nodes.values()) {
    const names: string[] = []
    let at: SyncNode | undefined = node
    let isKept = true
    while (at && at.id !== link.folderId) {
      if (excluded.has(at.id)) isKept = false
      names.unshift(toDisk(at.name))
      at = at.parentId === null ? undefined : nodes.get(at.parentId)
    }
    const path = names.join('/')
    if (isKept && names.length > 0) items.set(path, { node, path })
  }
  return items
}

function kindOf({ kind, mode }: SyncNode): EntryKind {
  if (kind === 'folder') return kind
  return mode === 'symlink' ? mode : 'file'
}

class SidesComparing {
  readonly #input: CompareInput
  readonly #remote: ReadonlyMap<string, RemoteItem>
  readonly #seen = new Set<string>()
  readonly #differences: Difference[] = []
  #files = 0
  #folders = 0
  #bytes = 0
  #leftOut = 0

  constructor(input: CompareInput, remote: ReadonlyMap<string, RemoteItem>) {
    this.#input = input
    this.#remote = remote
  }

  async compareFolder(folder: DiskPath, above: IgnoreRules): Promise<void> {
    const items = await this.#list(folder)
    if (!items) return
    const rules = await this.#rulesIn(folder, items, above)
    for (const item of items) {
      const path = [...folder, item.name]
      const name = path.join('/')
      const there = this.#remote.get(name)
      const isRuledOut = item.kind !== 'other' && !there && rules.ignores(path, item.kind)
      if (item.kind === 'other' || isRuledOut || this.#isExcluded(name)) {
        this.#leftOut++
        continue
      }
      this.#seen.add(name)
      if (!there) this.#note(name, findNameFault(item.name) ? 'name-refused' : 'only-here')
      else if (kindOf(there.node) !== item.kind) this.#note(name, 'kind')
      else if (item.kind !== 'folder') await this.#compareFile(path, item, there)
      if (item.kind === 'folder') {
        this.#folders++
        await this.compareFolder(path, rules)
      }
    }
  }

  async finish(): Promise<Comparison> {
    for (const [path, item] of this.#remote)
      if (this.#seen.has(path)) continue
      else if (await this.#isKeptAway(path, item)) this.#leftOut++
      else this.#note(path, 'only-on-server')
    return {
      files: this.#files,
      folders: this.#folders,
      bytes: this.#bytes,
      leftOut: this.#leftOut,
      differences: this.#differences,
    }
  }

  async #list(folder: DiskPath): Promise<readonly DiskItem[] | undefined> {
    try {
      return await this.#input.disk.list(folder)
    } catch (error) {
      if (!(error instanceof DiskError) || folder.length === 0) throw error
      this.#note(folder.join('/'), 'unreadable')
      return undefined
    }
  }

  async #rulesIn(
    folder: DiskPath,
    items: readonly DiskItem[],
    above: IgnoreRules,
  ): Promise<IgnoreRules> {
    const file = items.find(({ name, kind }) => name === ignoreFileName && kind === 'file')
    if (!file) return above
    const parts: Uint8Array[] = []
    for await (const part of this.#input.disk.read([...folder, file.name], file.fingerprint))
      parts.push(part)
    return above.within(folder, Buffer.concat(parts).toString('utf8'))
  }

  /** A link that this disk cannot hold, or that would lead elsewhere. */
  async #isKeptAway(path: string, { node }: RemoteItem): Promise<boolean> {
    if (kindOf(node) !== 'symlink') return false
    if (!this.#input.holdsLinks) return true
    const parts: Uint8Array[] = []
    for await (const part of this.#input.client.content.download(node.id)) parts.push(part)
    return !isSafeTarget(path.split('/'), Buffer.concat(parts).toString('utf8'))
  }

  async #compareFile(path: DiskPath, item: DiskItem, { node }: RemoteItem): Promise<void> {
    const name = path.join('/')
    this.#files++
    const { isExecutable } = item.fingerprint
    // A server of before tells none.
    const isTold = isExecutable !== undefined && 'mode' in node
    if (isTold && isExecutable !== (node.mode === 'executable')) this.#note(name, 'mode')
    if (item.target !== undefined) {
      const sha256 = createHash('sha256').update(item.target).digest('hex')
      if (sha256 !== node.sha256) this.#note(name, 'content')
      return
    }
    try {
      const here = await this.#input.disk.hash(path)
      if (here.kind === 'changed') return this.#note(name, 'changing')
      this.#bytes += here.value.fingerprint.sizeBytes
      const isHashKnown = node.sha256 !== null && !this.#input.isDownloading
      const there = isHashKnown ? node.sha256 : await this.#hashRemote(node.id)
      if (there !== here.value.sha256) this.#note(name, 'content')
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#note(name, 'unreadable')
    }
    this.#input.onProgress({ files: this.#files, bytes: this.#bytes })
  }

  async #hashRemote(id: NodeId): Promise<string> {
    const hash = createHash('sha256')
    for await (const part of this.#input.client.content.download(id)) hash.update(part)
    return hash.digest('hex')
  }

  #isExcluded(name: string): boolean {
    return this.#input.link.excluded.some(
      ({ path }) => name === path || name.startsWith(`${path}/`),
    )
  }

  #note(path: string, kind: Difference['kind']): void {
    this.#differences.push({ path, kind })
  }
}
