import type { NodeId } from '@cloudsync/protocol'

/**
 * The fast path between servers, by document. It has no memory: a message may be lost, come late, or come
 * twice, and whoever listens must not depend on it.
 */
export interface Bus extends AsyncDisposable {
  /** Whether what is published now reaches the other servers, as far as can be told. */
  readonly isConnected: boolean
  /** Hears of a document from now on. */
  subscribe(documentId: NodeId): void
  unsubscribe(documentId: NodeId): void
  publish(documentId: NodeId, message: Uint8Array): void
  /** `listener` must not throw, nor keep the bytes. */
  onMessage(listener: (documentId: NodeId, message: Uint8Array) => void): void
  /** Called when it is connected again, or for the first time: messages may have been missed. */
  onConnected(listener: () => void): void
}

/** Where there is no Redis. Servers learn of each other's rows from the database. */
export const noBus: Bus = {
  isConnected: false,
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  publish: () => undefined,
  onMessage: () => undefined,
  onConnected: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
}
