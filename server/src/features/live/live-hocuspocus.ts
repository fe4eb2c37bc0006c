import { Hocuspocus, type Document } from '@hocuspocus/server'

/**
 * Hocuspocus as the keeper of rooms: authentication, one document object per name, who is in it, and
 * the broadcast of what changes. Storing and unloading are ours: its own store path is switched off, and
 * `onIdle` decides when a document that nobody has open leaves memory.
 */
export class LiveHocuspocus extends Hocuspocus {
  readonly #onIdle: (document: Document) => void

  constructor(
    configuration: ConstructorParameters<typeof Hocuspocus>[0],
    onIdle: (document: Document) => void,
  ) {
    super({
      ...configuration,
      quiet: true,
      // Sockets are pinged and timed out where they are opened.
      timeout: longestTimeoutMs,
      maxUnauthenticatedQueueMessages: 10,
    })
    this.#onIdle = onIdle
  }

  override storeDocumentHooks(): Promise<void> {
    return Promise.resolve()
  }

  /** Called by Hocuspocus when the last connection of a document has closed. */
  override async unloadDocument(document: Document): Promise<void> {
    this.#onIdle(document)
  }

  /** Whether `document` is what a new connection to its name would get. */
  isCurrent(document: Document): boolean {
    return !document.isDestroyed && this.documents.get(document.name) === document
  }

  /** Takes a document out of memory at once; the next one to open it loads it anew. */
  drop(document: Document): void {
    if (this.documents.get(document.name) === document) this.documents.delete(document.name)
    if (!document.isDestroyed) document.destroy()
  }
}

/** The longest delay that a timer of Node takes. */
const longestTimeoutMs = 2 ** 31 - 1
