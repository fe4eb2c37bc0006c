import { freeName } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { createHash } from 'node:crypto'
import * as Y from 'yjs'
import type { ContentName, EntryKind, RemoteEntry } from '../model/entry.ts'
import type {
  RemoteOutcome,
  RemotePlace,
  RemoteSent,
  TextAnswer,
  TextExchange,
  TrashItem,
} from '../ports.ts'
import { asRefusal, outcomeOfRefusal } from '../remote/remote-failures.ts'
import { listBelow } from './model-feed.ts'

export interface ServerNode {
  readonly id: NodeId
  parentId: NodeId
  name: string
  readonly kind: EntryKind
  isExecutable: boolean
  seq: number
  isTrashed: boolean
  /** Of a folder: when it came to where it is, from elsewhere or the trash, with all that is in it. */
  arrivedSeq: number | null
  /** Of a file that is no live text. */
  bytes: Uint8Array
  document: Y.Doc | undefined
  /** Of a live text, what it was called when it was made. */
  firstContent: ContentName | undefined
  epoch: number
  /** What the file was before. */
  readonly versions: Uint8Array[]
  hasConflict: boolean
  /** Of a text: it has edits of which the feed has not told yet. */
  isUntold: boolean
}

/** For proofs that the simulation finds what it is there to find. */
export interface ServerFlaws {
  trashesUnseen?: boolean
  /** Edits of which nobody could have heard yet go with what they were made in. */
  trashesUntold?: boolean
}

export const textRoot = 'content'

/**
 * The linked space on the server as the protocol tells it: unique names in a folder, the feed of current states in the
 * order of their numbers, cycles refused, last write wins with the loser kept as a version, texts as real documents.
 * Each call is one transaction.
 */
export class ModelServer {
  readonly rootId: NodeId
  readonly nodes = new Map<NodeId, ServerNode>()
  /** Answers by operation id. */
  readonly #answers = new Map<string, unknown>()
  readonly #isText: (name: string) => boolean
  #seq = 0
  #batches = 0
  /** Changes up to here are forgotten; older cursors have expired. */
  forgottenSeq = 0
  /** Of a later version, which tells modes and takes them. */
  knowsModes = false
  readonly flaws: ServerFlaws = {}
  /** Of an edited text the feed tells when `tell` is called; where this is not given, at once. */
  tellsLater: ((tell: () => void, by: 'typing' | 'saving') => void) | undefined

  constructor(rootId: NodeId, isText: (name: string) => boolean) {
    this.rootId = rootId
    this.#isText = isText
  }

  get seq(): number {
    return this.#seq
  }

  /** What was answered to this operation is answered again, unless it changed nothing. */
  once<T>(operationId: string, act: () => T): T {
    if (this.#answers.has(operationId)) return this.#answers.get(operationId) as T
    const before = this.#seq
    const answer = act()
    if (this.#seq > before) this.#answers.set(operationId, answer)
    return answer
  }

  /** As `once`, of one node, which is shown as others have made it since. */
  onceOf(operationId: string, act: () => RemoteOutcome): RemoteOutcome {
    const answer = this.once(operationId, act)
    const node = answer.kind === 'done' ? this.nodes.get(answer.value.entry.id) : undefined
    return node ? this.#answer(node) : answer
  }

  /** All that is in sight, parents first. */
  snapshot(): RemoteEntry[] {
    return listBelow(this, this.rootId)
  }

  createFolder({ id, parentId, name }: RemotePlace): RemoteOutcome {
    return this.#create(id, parentId, name, undefined)
  }

  createFile(
    { id, parentId, name }: RemotePlace,
    bytes: Uint8Array,
    mode: { isLink?: boolean; isExecutable?: boolean } = {},
  ): RemoteOutcome<RemoteSent> {
    const outcome = this.#create(id, parentId, name, bytes, mode)
    if (outcome.kind !== 'done') return outcome
    const { entry } = outcome.value
    const first = this.nodes.get(id)?.firstContent
    const made = entry.isText && entry.content === first ? first : undefined
    return { kind: 'done', value: { entry, made } }
  }

  replace(id: NodeId, bytes: Uint8Array, base: ContentName): RemoteOutcome {
    const node = this.nodes.get(id)
    if (!node || !this.isVisible(node)) return refused('trashed')
    if (node.kind === 'folder') return refused('not_a_file')
    if (node.document) return refused('is_text')
    if (Buffer.compare(node.bytes, bytes) === 0) return this.#answer(node)
    const isSeen = this.contentOf(node) === base
    if (!isSeen && wasHeldSince(node, base, bytes)) return this.#answer(node)
    node.versions.push(node.bytes)
    if (!isSeen) node.hasConflict = true
    node.bytes = bytes
    return this.#changed(node)
  }

  setExecutable(id: NodeId, isExecutable: boolean): RemoteOutcome {
    const node = this.nodes.get(id)
    if (!node || node.isTrashed) return refused('trashed')
    if (node.kind !== 'file') return refused('invalid_mode')
    if (node.isExecutable === isExecutable) return this.#answer(node)
    node.isExecutable = isExecutable
    return this.#changed(node)
  }

  move({ id, parentId, name }: RemotePlace): RemoteOutcome {
    const node = this.nodes.get(id)
    // What lies in a folder in the trash may be moved out of it.
    if (!node || node.isTrashed) return refused('trashed')
    if (node.parentId === parentId && node.name === name && this.isVisible(node))
      return this.#answer(node)
    const refusal = this.#refusal(parentId, name, id)
    if (refusal) return refusal
    const isArrival = node.parentId !== parentId
    node.parentId = parentId
    node.name = name
    return this.#changed(node, isArrival)
  }

  trash(items: readonly TrashItem[]): { results: RemoteOutcome<void>[]; batchId: string } {
    const results = items.map(({ id, seq, below }): RemoteOutcome<void> => {
      const node = this.nodes.get(id)
      if (!node || node.isTrashed) return { kind: 'done', value: undefined }
      // Nobody is told what is in a folder there.
      if (node.kind === 'folder' && !this.isVisible(node)) return refused('trashed')
      const seen = new Map([{ id, seq }, ...below].map((item) => [item.id, item.seq]))
      const isSeen = [this.entryOf(node), ...listBelow(this, id)].every(
        (entry) => seen.get(entry.id) === entry.seq && !this.#isUntold(entry.id),
      )
      if (!isSeen && !this.flaws.trashesUnseen) return { kind: 'stale' }
      node.isTrashed = true
      this.#changed(node)
      return { kind: 'done', value: undefined }
    })
    return { results, batchId: `batch ${++this.#batches}` }
  }

  /** By somebody who looked at it. */
  trashByUser(node: ServerNode): void {
    node.isTrashed = true
    this.#changed(node)
  }

  /** Alone if it is a file, into its folder or the nearest one above that lives. */
  restore(id: NodeId): RemoteOutcome {
    const node = this.nodes.get(id)
    if (!node) return asRefusal('not_found', '')
    if (this.isVisible(node)) return this.#answer(node)
    let parentId = node.parentId
    for (let parent = this.nodes.get(parentId); parent && !this.isVisible(parent);)
      parent = this.nodes.get((parentId = parent.parentId))
    node.isTrashed = false
    node.parentId = parentId
    const isTaken = (name: string) => this.childNamed(parentId, name, id) !== undefined
    node.name = freeName(node.name, isTaken)
    return this.#changed(node, true)
  }

  exchange({ id, stateVector, update }: TextExchange): RemoteOutcome<TextAnswer> {
    const node = this.nodes.get(id)
    if (!node || !this.isVisible(node)) return refused('trashed')
    if (node.kind === 'folder') return refused('not_text')
    if (!node.document) return refused('sealed')
    this.applyToText(node, update, 'saving')
    return {
      kind: 'done',
      value: {
        update: Y.encodeStateAsUpdate(
          node.document,
          stateVector.length > 0 ? stateVector : undefined,
        ),
        content: this.contentOf(node) ?? '',
      },
    }
  }

  /** Someone types, or a computer sends what was saved there. */
  applyToText(node: ServerNode, update: Uint8Array, by: 'typing' | 'saving' = 'typing'): void {
    if (!node.document || update.length === 0) return
    const before = Y.encodeStateAsUpdate(node.document)
    Y.applyUpdate(node.document, update)
    if (Buffer.compare(before, Y.encodeStateAsUpdate(node.document)) !== 0) this.#edited(node, by)
  }

  download(id: NodeId, content: ContentName): RemoteOutcome<{ bytes: Uint8Array; sha256: string }> {
    const node = this.nodes.get(id)
    if (!node || node.kind === 'folder' || !this.isVisible(node)) return refused('trashed')
    if (this.contentOf(node) !== content) return { kind: 'stale' }
    const bytes = this.bytesOf(node)
    return { kind: 'done', value: { bytes, sha256: sha256(bytes) } }
  }

  bytesOf(node: ServerNode): Uint8Array {
    return node.document ? Buffer.from(node.document.getText(textRoot).toJSON()) : node.bytes
  }

  contentOf(node: ServerNode): ContentName | null {
    if (node.kind === 'folder') return null
    if (!node.document) return sha256(node.bytes)
    return `${node.epoch}.${sha256(Y.encodeStateAsUpdate(node.document)).slice(0, 12)}`
  }

  /** Neither it nor a folder above it is in the trash. */
  isVisible(node: ServerNode): boolean {
    if (node.isTrashed) return false
    if (node.parentId === this.rootId) return true
    const parent = this.nodes.get(node.parentId)
    return parent !== undefined && this.isVisible(parent)
  }

  childNamed(parentId: NodeId, name: string, but?: NodeId): ServerNode | undefined {
    const key = nameKey(name)
    for (const node of this.nodes.values())
      if (
        node.id !== but &&
        node.parentId === parentId &&
        !node.isTrashed &&
        nameKey(node.name) === key
      )
        return node
    return undefined
  }

  entryOf(node: ServerNode): RemoteEntry {
    const { id, parentId, name, kind, seq, isExecutable } = node
    return {
      id,
      parentId,
      name,
      kind,
      seq,
      content: this.contentOf(node),
      isText: node.document !== undefined,
      sizeBytes: kind === 'folder' ? null : this.bytesOf(node).length,
      canEdit: true,
      ...(this.knowsModes && kind === 'file' ? { isExecutable } : {}),
    }
  }

  #create(
    id: NodeId,
    parentId: NodeId,
    name: string,
    bytes: Uint8Array | undefined,
    { isLink = false, isExecutable = false }: { isLink?: boolean; isExecutable?: boolean } = {},
  ): RemoteOutcome {
    const place = this.#placeRefusal(parentId)
    if (place) return place
    const kind = bytes ? (isLink ? 'symlink' : 'file') : 'folder'
    const isText = kind === 'file' && this.#isText(name)
    const there = this.nodes.get(id)
    if (there) {
      const isTwin =
        !there.isTrashed &&
        there.parentId === parentId &&
        there.name === name &&
        there.kind === kind &&
        (isText || !bytes || Buffer.compare(there.bytes, bytes) === 0)
      return isTwin ? this.#answer(there) : refused('id_taken')
    }
    if (this.childNamed(parentId, name)) return refused('name_taken')
    const node: ServerNode = {
      id,
      parentId,
      name,
      kind,
      isExecutable,
      seq: 0,
      isTrashed: false,
      arrivedSeq: null,
      bytes: bytes ?? new Uint8Array(),
      document: isText ? new Y.Doc() : undefined,
      firstContent: undefined,
      epoch: 1,
      versions: [],
      hasConflict: false,
      isUntold: false,
    }
    if (node.document && bytes) {
      node.document.clientID = 1
      node.document.getText(textRoot).insert(0, Buffer.from(bytes).toString())
      node.firstContent = this.contentOf(node) ?? undefined
    }
    this.nodes.set(id, node)
    return this.#changed(node)
  }

  #placeRefusal(parentId: NodeId): Refused | undefined {
    if (parentId === this.rootId) return undefined
    const parent = this.nodes.get(parentId)
    if (!parent) return refused('not_found')
    if (parent.kind !== 'folder') return refused('bad_request')
    return this.isVisible(parent) ? undefined : refused('trashed')
  }

  #refusal(parentId: NodeId, name: string, id: NodeId): RemoteOutcome | undefined {
    const place = this.#placeRefusal(parentId)
    if (place) return place
    if (this.#isAbove(id, parentId)) return refused('would_cycle')
    const taken = this.childNamed(parentId, name, id)
    return taken ? refused('name_taken') : undefined
  }

  #isAbove(id: NodeId, below: NodeId): boolean {
    for (let at: NodeId | undefined = below; at !== undefined; at = this.nodes.get(at)?.parentId)
      if (at === id) return true
    return false
  }

  #isUntold(id: NodeId): boolean {
    return this.nodes.get(id)?.isUntold === true && !this.flaws.trashesUntold
  }

  #edited(node: ServerNode, by: 'typing' | 'saving'): void {
    if (!this.tellsLater) this.#changed(node)
    else if (!node.isUntold) {
      node.isUntold = true
      this.tellsLater(() => {
        node.isUntold = false
        this.#changed(node)
      }, by)
    }
  }

  #changed(node: ServerNode, isArrival = false): RemoteOutcome {
    node.seq = ++this.#seq
    if (isArrival && node.kind === 'folder') node.arrivedSeq = node.seq
    return this.#answer(node)
  }

  #answer(node: ServerNode): RemoteOutcome {
    return { kind: 'done', value: { entry: this.entryOf(node) } }
  }
}

/** Then the request comes again. */
function wasHeldSince({ versions }: ServerNode, base: ContentName, bytes: Uint8Array): boolean {
  const from = versions.findLastIndex((version) => sha256(version) === base)
  return from >= 0 && versions.slice(from).some((one) => Buffer.compare(one, bytes) === 0)
}

export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

type Refused = Exclude<RemoteOutcome<never>, { kind: 'done' }>

function refused(code: string): Refused {
  return outcomeOfRefusal(code, code)
}
