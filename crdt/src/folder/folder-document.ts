import * as Y from 'yjs'

/**
 * The folder document: which children a folder lists, under which names.
 *
 * One flat `Y.Map` in the root `children`, two entries per child (a flat map is one struct per field, and
 * a rename never touches the kind):
 *
 *     n|<id>  the name
 *     k|<id>  the kind, written once
 *
 * A child is there when both are. Ids are UUIDs in lower case. Sizes, times and authors are not here:
 * they change often, and come with listings and the change feed.
 */
export const childrenRootName = 'children'

export type ChildKind = 'folder' | 'text' | 'blob'

export interface FolderChild {
  readonly name: string
  readonly kind: ChildKind
}

/** The children of a folder by their ids. */
export type FolderView = ReadonlyMap<string, FolderChild>

/** One child before and after an update; `undefined`: it was not, or is not, there. */
export interface ChildChange {
  readonly id: string
  readonly before: FolderChild | undefined
  readonly after: FolderChild | undefined
}

/** What an update did to a folder. */
export interface FolderDelta {
  readonly changes: readonly ChildChange[]
  /** Keys that it set and that no folder has: they name no child, or their value is no name or kind. */
  readonly strayKeys: readonly string[]
}

export type FolderEdit =
  | {
      readonly type: 'put'
      readonly id: string
      readonly name: string
      readonly kind: ChildKind
    }
  | { readonly type: 'remove'; readonly id: string }
  | { readonly type: 'drop_key'; readonly key: string }

const entryKey = /^([nk])\|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

const kinds: ReadonlySet<unknown> = new Set<ChildKind>(['folder', 'text', 'blob'])

/** The children that a folder document lists. Takes one step per entry. */
export function readFolder(doc: Y.Doc): Map<string, FolderChild> {
  const entries = childrenOf(doc)
  const view = new Map<string, FolderChild>()
  for (const key of entries.keys()) {
    const [, field, id] = entryKey.exec(key) ?? []
    const child = field === 'n' && id !== undefined ? readChild(entries, id) : undefined
    if (child && id !== undefined) view.set(id, child)
  }
  return view
}

/** Writes edits into a folder document, in the caller's transaction or one of its own. */
export function editFolder(doc: Y.Doc, edits: readonly FolderEdit[], origin?: unknown): void {
  const entries = childrenOf(doc)
  doc.transact(() => {
    for (const edit of edits) {
      switch (edit.type) {
        case 'put':
          setIfOther(entries, `n|${edit.id}`, edit.name)
          setIfOther(entries, `k|${edit.id}`, edit.kind)
          break
        case 'remove':
          entries.delete(`n|${edit.id}`)
          entries.delete(`k|${edit.id}`)
          break
        case 'drop_key':
          entries.delete(edit.key)
          break
      }
    }
  }, origin)
}

/**
 * A folder document together with its view, which each update brings up to date in steps of what the
 * update changed. Nobody else may write to `doc`.
 */
export class FolderReplica {
  readonly doc: Y.Doc
  readonly #entries: Y.Map<unknown>
  readonly #view: Map<string, FolderChild>
  #touchedKeys = new Set<string>()

  /** `doc` holds what is known of the folder already. */
  constructor(doc: Y.Doc = new Y.Doc()) {
    this.doc = doc
    this.#entries = childrenOf(doc)
    this.#view = readFolder(doc)
    this.#entries.observe((event) => {
      for (const key of event.keysChanged) this.#touchedKeys.add(key as string)
    })
  }

  get view(): FolderView {
    return this.#view
  }

  /** Applies a V1 update that was scanned (`checkFolderUpdate`). */
  apply(update: Uint8Array): FolderDelta {
    Y.applyUpdate(this.doc, update)
    return this.#takeDelta()
  }

  /** Makes edits of one's own. `update` is `undefined` when they change nothing. */
  edit(edits: readonly FolderEdit[]): { update: Uint8Array | undefined; delta: FolderDelta } {
    let update: Uint8Array | undefined
    const keep = (bytes: Uint8Array) => {
      update = bytes
    }
    this.doc.on('update', keep)
    try {
      editFolder(this.doc, edits)
    } finally {
      this.doc.off('update', keep)
    }
    return { update, delta: this.#takeDelta() }
  }

  destroy(): void {
    this.doc.destroy()
  }

  #takeDelta(): FolderDelta {
    const keys = this.#touchedKeys
    this.#touchedKeys = new Set()
    const ids = new Set<string>()
    const strayKeys: string[] = []
    for (const key of keys) {
      const [, , id] = entryKey.exec(key) ?? []
      if (id !== undefined) ids.add(id)
      if (this.#entries.has(key) && !isEntry(key, this.#entries.get(key))) strayKeys.push(key)
    }
    const changes: ChildChange[] = []
    for (const id of ids) {
      const before = this.#view.get(id)
      const after = readChild(this.#entries, id)
      if (before?.name === after?.name && before?.kind === after?.kind) continue
      if (after) this.#view.set(id, after)
      else this.#view.delete(id)
      changes.push({ id, before, after })
    }
    return { changes, strayKeys }
  }
}

function childrenOf(doc: Y.Doc): Y.Map<unknown> {
  return doc.getMap(childrenRootName)
}

function readChild(entries: Y.Map<unknown>, id: string): FolderChild | undefined {
  const name = entries.get(`n|${id}`)
  const kind = entries.get(`k|${id}`)
  if (typeof name !== 'string' || !kinds.has(kind)) return undefined
  return { name, kind: kind as ChildKind }
}

function isEntry(key: string, value: unknown): boolean {
  const field = entryKey.exec(key)?.[1]
  if (field === 'n') return typeof value === 'string'
  return field === 'k' && kinds.has(value)
}

/** Each write of a map is a struct for ever, also when it writes what is there. */
function setIfOther(entries: Y.Map<unknown>, key: string, value: string): void {
  if (entries.get(key) !== value) entries.set(key, value)
}
