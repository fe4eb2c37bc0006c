import { isTransactionOrigin, type Connection, type Document } from '@hocuspocus/server'
import { encodeSyncFrame, syncSteps } from './frames.ts'

/**
 * Keeps Hocuspocus from sending an update back to whoever made it, who has no use for it: of all that a
 * keystroke costs, writing to sockets is the most. Updates of several authors that go out as one message
 * go to all of them.
 */
export function spareAuthors(document: Document): void {
  const authors = new Set<Connection | undefined>()
  document.on('beforeTransaction', ({ origin }: { origin: unknown }) => {
    // What waited for this update becomes part of the document with it, and may be another's.
    const { pendingStructs, pendingDs } = document.store
    authors.add(pendingStructs || pendingDs ? undefined : connectionOf(origin))
  })
  Object.defineProperty(document, 'broadcastUpdate', {
    value: (update: Uint8Array) => {
      const [author] = authors.size === 1 ? authors : []
      authors.clear()
      const frames = new Map<string, Uint8Array>()
      for (const connection of document.getConnections()) {
        if (connection === author) continue
        const address = connection.messageAddress
        const frame = frames.get(address) ?? encodeSyncFrame(address, syncSteps.update, update)
        frames.set(address, frame)
        connection.send(frame)
      }
    },
  })
}

function connectionOf(origin: unknown): Connection | undefined {
  return isTransactionOrigin(origin) && origin.source === 'connection'
    ? origin.connection
    : undefined
}
