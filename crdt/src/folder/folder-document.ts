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

const entryKey =
  /^([nk])\|([0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/

const kinds: ReadonlySet<unknown> = new Set<ChildKind>(['folder', 'text', 'blob'])

/** The children that a folder document lists. Takes one step per entry. */
export function readFolder(doc: Y.Doc): Map<string, FolderChild> {
  return new Map(listFolder(doc))
}

/** As `readFolder`, child by child; the document must not change meanwhile. */
export function* listFolder(doc: Y.Doc): Generator<[string, FolderChild], void, void> {
  const entries = childrenOf(doc)
  for (const key of entries.keys()) {
    const id = key.startsWith('n') ? childIdOf(key) : undefined
    const child = id === undefined ? undefined : readChild(entries, id)
    if (child && id !== undefined) yield [id, child]
  }
}

/**
 * The first state of a folder document, as a V1 update. The same children and client id give the same
 * bytes, in whatever order the children come. `clientId` (an integer below 2^53) must belong to this
 * state alone.
 */
export function createFolderState(children: FolderView, clientId: number): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = clientId
  const ids = [...children.keys()].sort()
  const edits = ids.map((id) => ({
    type: 'put' as const,
    id,
    ...(children.get(id) as FolderChild),
  }))
  editFolder(doc, edits)
  const state = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return state
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

/** The child that an entry is of; `undefined`: of none. */
export function childIdOf(key: string): string | undefined {
  return entryKey.exec(key)?.[2]
}

export function childrenOf(doc: Y.Doc): Y.Map<unknown> {
  return doc.getMap(childrenRootName)
}

export function readChild(entries: Y.Map<unknown>, id: string): FolderChild | undefined {
  const name = entries.get(`n|${id}`)
  const kind = entries.get(`k|${id}`)
  if (typeof name !== 'string' || !kinds.has(kind)) return undefined
  return { name, kind: kind as ChildKind }
}

/** Whether a folder has such an entry. */
export function isEntry(key: string, value: unknown): boolean {
  const field = entryKey.exec(key)?.[1]
  if (field === 'n') return typeof value === 'string'
  return field === 'k' && kinds.has(value)
}

/** Each write of a map is a struct for ever, also when it writes what is there. */
function setIfOther(entries: Y.Map<unknown>, key: string, value: string): void {
  if (entries.get(key) !== value) entries.set(key, value)
}
