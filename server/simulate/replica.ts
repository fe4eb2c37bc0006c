import { editFolder, readFolder, type ChildKind, type FolderView } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import * as Y from 'yjs'

interface Message {
  readonly folderId: NodeId
  readonly update: Uint8Array
}

/** A client's copies of the folders that it has opened, and what is on its way from and to it. */
export class Replica {
  readonly folders = new Map<NodeId, Y.Doc>()
  readonly outbox: Message[] = []
  readonly inbox: Message[] = []
  isOnline = true
  readonly #onSeen: (folderId: NodeId, before: FolderView, after: FolderView) => void

  /** `onSeen` is told what somebody else's edit has changed here. */
  constructor(onSeen: (folderId: NodeId, before: FolderView, after: FolderView) => void) {
    this.#onSeen = onSeen
  }

  doc(folderId: NodeId): Y.Doc {
    let doc = this.folders.get(folderId)
    if (doc) return doc
    doc = new Y.Doc()
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'remote') this.outbox.push({ folderId, update })
    })
    this.folders.set(folderId, doc)
    return doc
  }

  view(folderId: NodeId): FolderView {
    return readFolder(this.doc(folderId))
  }

  /** What somebody lacks who has that much of the folder. */
  stateSince(folderId: NodeId, vector: Uint8Array): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc(folderId), vector)
  }

  vector(folderId: NodeId): Uint8Array {
    return Y.encodeStateVector(this.doc(folderId))
  }

  put(folderId: NodeId, id: string, name: string, kind: ChildKind): void {
    editFolder(this.doc(folderId), [{ type: 'put', id, name, kind }])
  }

  remove(folderId: NodeId, id: string): void {
    editFolder(this.doc(folderId), [{ type: 'remove', id }])
  }

  take(folderId: NodeId, update: Uint8Array): void {
    const doc = this.doc(folderId)
    const before = readFolder(doc)
    Y.applyUpdate(doc, update, 'remote')
    this.#onSeen(folderId, before, readFolder(doc))
  }
}
