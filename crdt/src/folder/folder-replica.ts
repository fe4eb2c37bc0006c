import * as Y from 'yjs'
import {
  childIdOf,
  childrenOf,
  editFolder,
  isEntry,
  readChild,
  listFolder,
  type ChildChange,
  type FolderChild,
  type FolderDelta,
  type FolderEdit,
  type FolderView,
} from './folder-document.ts'
import { NameIndex } from './name-index.ts'

/** How many children are read before others have their turn. */
const childrenPerTurn = 2_000

/**
 * A folder document together with its view, which each update brings up to date in steps of what the
 * update changed. Nobody else may write to `doc`.
 */
export class FolderReplica {
  readonly doc: Y.Doc
  readonly #entries: Y.Map<unknown>
  readonly #view = new Map<string, FolderChild>()
  readonly #names = new NameIndex()
  #touchedKeys = new Set<string>()

  /** `doc` holds what is known of the folder already. */
  constructor(
    doc: Y.Doc = new Y.Doc(),
    children: Iterable<[string, FolderChild]> = listFolder(doc),
  ) {
    this.doc = doc
    this.#entries = childrenOf(doc)
    for (const [id, child] of children) this.#setChild(id, undefined, child)
    this.#entries.observe((event) => {
      for (const key of event.keysChanged) this.#touchedKeys.add(key as string)
    })
  }

  /**
   * As the constructor, for a folder of any size: calls `rest` after so many children that they take some
   * 10 ms. Nobody may write to `doc` meanwhile.
   */
  static async open(doc: Y.Doc, rest: () => Promise<void>): Promise<FolderReplica> {
    const replica = new FolderReplica(doc, [])
    let count = 0
    for (const [id, child] of listFolder(doc)) {
      replica.#setChild(id, undefined, child)
      count += 1
      if (count % childrenPerTurn === 0) await rest()
    }
    return replica
  }

  get view(): FolderView {
    return this.#view
  }

  /** The children whose name has this key (`nameKey`); more than one until the folder is repaired. */
  holdersOf(key: string): Iterable<string> {
    return this.#names.holdersOf(key)
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
      const id = childIdOf(key)
      if (id !== undefined) ids.add(id)
      if (this.#entries.has(key) && !isEntry(key, this.#entries.get(key))) strayKeys.push(key)
    }
    const changes: ChildChange[] = []
    for (const id of ids) {
      const before = this.#view.get(id)
      const after = readChild(this.#entries, id)
      if (before?.name === after?.name && before?.kind === after?.kind) continue
      this.#setChild(id, before, after)
      changes.push({ id, before, after })
    }
    return { changes, strayKeys }
  }

  #setChild(id: string, before: FolderChild | undefined, after: FolderChild | undefined): void {
    if (before) this.#names.remove(id, before.name)
    if (after) this.#names.add(id, after.name)
    if (after) this.#view.set(id, after)
    else this.#view.delete(id)
  }
}
