import { findNameFault, freeName, nameKey } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import type { ContentName, EntryKind, RemoteEntry } from '../model/entry.ts'
import { isTextContent, localName, remoteName, textOf, valuesOf } from './model-content.ts'

export interface ModelNode {
  readonly id: NodeId
  parentId: NodeId
  name: string
  readonly kind: EntryKind
  content: ContentName | null
  canEdit: boolean
  isTrashed: boolean
  isPurged: boolean
  seq: number
  /** Of a file. */
  isExecutable: boolean
  readonly versions: Set<ContentName>
}

/** `renewed`: under an id of its own now, so that what was planned of it is void. */
export type ModelOutcome = 'done' | 'stale' | 'renewed'

/** The server as far as the planner relies on it: unique names, one parent, no circles, ids used once, preconditions. */
export class ModelServer {
  readonly nodes = new Map<NodeId, ModelNode>()
  readonly #rootId: NodeId
  #seq = 0

  constructor(rootId: NodeId) {
    this.#rootId = rootId
  }

  clone(): ModelServer {
    const copy = new ModelServer(this.#rootId)
    for (const node of this.nodes.values())
      copy.nodes.set(node.id, { ...node, versions: new Set(node.versions) })
    copy.#seq = this.#seq
    return copy
  }

  get rootId(): NodeId {
    return this.#rootId
  }

  tree(): Map<NodeId, RemoteEntry> {
    const tree = new Map<NodeId, RemoteEntry>()
    for (const {
      id,
      parentId,
      name,
      kind,
      content,
      canEdit,
      seq,
      isExecutable,
    } of this.nodes.values())
      if (this.isLive(id))
        tree.set(id, {
          id,
          parentId,
          name,
          kind,
          content,
          canEdit,
          seq,
          isText: content !== null && isTextContent(content),
          sizeBytes: content?.length ?? null,
          ...(kind === 'file' && { isExecutable }),
        })
    return tree
  }

  restorable(): Set<NodeId> {
    return new Set(
      [...this.nodes.values()]
        .filter(({ id, isPurged, canEdit }) => canEdit && !isPurged && !this.isLive(id))
        .map(({ id }) => id),
    )
  }

  isLive(start: NodeId): boolean {
    for (let id = start; id !== this.#rootId;) {
      const node = this.nodes.get(id)
      if (!node || node.isTrashed || node.isPurged) return false
      id = node.parentId
    }
    return true
  }

  isFolder(id: NodeId): boolean {
    return id === this.#rootId || (this.isLive(id) && this.nodes.get(id)?.kind === 'folder')
  }

  canEdit(id: NodeId): boolean {
    return id === this.#rootId || this.nodes.get(id)?.canEdit === true
  }

  isWithin(start: NodeId, above: NodeId): boolean {
    for (let id: NodeId | undefined = start; id !== undefined; id = this.nodes.get(id)?.parentId)
      if (id === above) return true
    return false
  }

  isTaken(parentId: NodeId, name: string, but?: NodeId): boolean {
    const key = nameKey(name)
    return [...this.nodes.values()].some(
      (node) =>
        node.id !== but &&
        node.parentId === parentId &&
        nameKey(node.name) === key &&
        this.isLive(node.id),
    )
  }

  create(
    id: NodeId,
    parentId: NodeId,
    name: string,
    localContent: ContentName | null,
    {
      kind = localContent === null ? 'folder' : 'file',
      isExecutable = false,
    }: { kind?: EntryKind; isExecutable?: boolean | undefined } = {},
  ): ModelOutcome {
    const isPossible =
      !this.nodes.has(id) &&
      this.isFolder(parentId) &&
      this.canEdit(parentId) &&
      findNameFault(name) === undefined &&
      !this.isTaken(parentId, name)
    if (!isPossible) return 'stale'
    this.nodes.set(id, {
      id,
      parentId,
      name,
      kind,
      content: localContent === null ? null : remoteName(localContent),
      canEdit: true,
      isTrashed: false,
      isPurged: false,
      seq: ++this.#seq,
      isExecutable,
      versions: new Set(),
    })
    return 'done'
  }

  move(id: NodeId, parentId: NodeId, name: string): ModelOutcome {
    const node = this.nodes.get(id)
    const isPossible =
      node?.canEdit === true &&
      this.isLive(id) &&
      this.isFolder(parentId) &&
      (node.parentId === parentId || this.canEdit(parentId)) &&
      !this.isWithin(parentId, id) &&
      findNameFault(name) === undefined &&
      !this.isTaken(parentId, name, id)
    if (!isPossible) return 'stale'
    node.parentId = parentId
    node.name = name
    node.seq = ++this.#seq
    return 'done'
  }

  /** Last write wins, and the other is kept as a version; text that meets text is merged. */
  replace(id: NodeId, localContent: ContentName, base: ContentName | undefined): ModelOutcome {
    const node = this.nodes.get(id)
    if (!node?.canEdit || !this.isLive(id) || node.content === null) return 'stale'
    if (node.content !== base || isTextContent(node.content)) node.versions.add(node.content)
    node.content = remoteName(localContent)
    node.seq = ++this.#seq
    return 'done'
  }

  /** The words of both, as they are on the disk then. */
  merge(id: NodeId, words: readonly string[]): ContentName | undefined {
    const node = this.nodes.get(id)
    if (!node?.canEdit || !this.isLive(id) || node.content === null) return undefined
    const merged = textOf([...valuesOf(node.content), ...words])
    if (node.content !== remoteName(merged)) node.seq = ++this.#seq
    node.content = remoteName(merged)
    return localName(node.content)
  }

  setMode(id: NodeId, isExecutable: boolean): ModelOutcome {
    const node = this.nodes.get(id)
    if (!node?.canEdit || !this.isLive(id) || node.kind !== 'file') return 'stale'
    if (node.isExecutable !== isExecutable) node.seq = ++this.#seq
    node.isExecutable = isExecutable
    return 'done'
  }

  trash(id: NodeId): void {
    const node = this.nodes.get(id)
    if (!node) return
    node.isTrashed = true
    node.seq = ++this.#seq
  }

  restore(id: NodeId): ModelOutcome {
    const node = this.nodes.get(id)
    if (!node?.canEdit || node.isPurged || this.isLive(id)) return 'stale'
    let parentId = node.parentId
    while (!this.isFolder(parentId)) parentId = this.nodes.get(parentId)?.parentId ?? this.#rootId
    node.isTrashed = false
    node.name = freeName(node.name, (name) => this.isTaken(parentId, name, id))
    node.parentId = parentId
    node.seq = ++this.#seq
    return 'done'
  }

  below(id: NodeId): NodeId[] {
    return [...this.nodes.keys()].filter(
      (each) => each !== id && this.isWithin(each, id) && this.isLive(each),
    )
  }
}
