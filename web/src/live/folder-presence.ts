import { LiveConnection, systemTimers } from '@cloudsync/client/live'
import type { DocumentName, NodeId, PresenceUser } from '@cloudsync/protocol'
import * as Y from 'yjs'
import type { SessionCheck } from '../api/api-client.ts'
import { browserSign, liveUrl } from './browser-live.ts'
import { readOthers } from './people.ts'

export interface FolderPresenceOptions {
  readonly folderId: NodeId
  readonly ownId: string
  readonly session: SessionCheck
  /** What lies in the folder may be something else by now. */
  readonly onChildren?: (() => void) | undefined
  /** What this person may do in it may be something else by now. */
  readonly onAccess: () => void
}

/** Who else looks at a folder: its document is opened for nothing but that. */
export class FolderPresence {
  readonly #document = new Y.Doc()
  readonly #connection: LiveConnection
  readonly #listeners = new Set<() => void>()
  #people: readonly PresenceUser[] = []
  #hadAccess: string | undefined

  constructor({ folderId, ownId, session, onChildren, onAccess }: FolderPresenceOptions) {
    const documentName: DocumentName = `folder:${folderId}`
    this.#connection = new LiveConnection({
      documentName,
      document: this.#document,
      url: liveUrl(),
      sign: browserSign(session),
      timers: systemTimers,
      random: Math.random,
      WebSocket,
      onChanged: () => this.#noteAccess(onAccess),
    })
    if (onChildren) this.#document.on('update', onChildren)
    const { awareness } = this.#connection
    awareness.on('change', () => {
      this.#people = readOthers(awareness, ownId)
      for (const listener of this.#listeners) listener()
    })
    this.#connection.open()
  }

  get people(): readonly PresenceUser[] {
    return this.#people
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Not of how it was at first: the page has asked for that. */
  #noteAccess(onAccess: () => void): void {
    const { link, serverAllowsEdit } = this.#connection
    if (link.kind !== 'online' && link.kind !== 'ended') return
    const access = link.kind === 'ended' ? link.code : String(serverAllowsEdit)
    if (this.#hadAccess !== undefined && access !== this.#hadAccess) onAccess()
    this.#hadAccess = access
  }

  close(): void {
    this.#connection.destroy()
    this.#document.destroy()
  }
}
