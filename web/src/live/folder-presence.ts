import type { DocumentName, NodeId, PresenceUser } from '@cloudsync/protocol'
import * as Y from 'yjs'
import type { SessionCheck } from '../api/api-client.ts'
import { browserTimers, liveUrl } from './browser-live.ts'
import { LiveConnection } from './live-connection.ts'
import { readOthers } from './people.ts'

export interface FolderPresenceOptions {
  readonly folderId: NodeId
  readonly ownId: string
  readonly session: SessionCheck
}

/** Who else looks at a folder: its document is opened for nothing but that. */
export class FolderPresence {
  readonly #document = new Y.Doc()
  readonly #connection: LiveConnection
  readonly #listeners = new Set<() => void>()
  #people: readonly PresenceUser[] = []

  constructor({ folderId, ownId, session }: FolderPresenceOptions) {
    const documentName: DocumentName = `folder:${folderId}`
    this.#connection = new LiveConnection({
      documentName,
      document: this.#document,
      url: liveUrl(),
      session,
      timers: browserTimers,
      random: Math.random,
      WebSocket,
      onSocketOpened: () => undefined,
      onStateFrame: () => undefined,
      onSaved: () => undefined,
      onChanged: () => undefined,
    })
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

  close(): void {
    this.#connection.destroy()
    this.#document.destroy()
  }
}
