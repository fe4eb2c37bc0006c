import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import type * as Y from 'yjs'
import type { ApiClient } from './api-client.ts'
import type { WireLedger } from './counting-socket.ts'
import type { ReconnectWatch } from './reconnect-watch.ts'

export interface HocuspocusLinkOptions {
  readonly url: string
  /** `text:<id>` or `folder:<id>`. */
  readonly name: string
  readonly api: ApiClient
  readonly doc: Y.Doc
  readonly ledger: WireLedger
  /** `soon`, so that a test need not wait, or as the stock client does it. Default `soon`. */
  readonly reconnects?: 'soon' | 'stock' | undefined
  /** Takes the times of its absences. */
  readonly watch?: ReconnectWatch | undefined
}

const reconnectDelays = {
  soon: { delay: 50, maxDelay: 400, minDelay: 50, factor: 1.5 },
  stock: {},
} as const

/** The stock Hocuspocus provider, connected to one document of a server. */
export class HocuspocusLink {
  readonly #socket: HocuspocusProviderWebsocket
  readonly #provider: HocuspocusProvider
  readonly #ledger: WireLedger

  constructor(options: HocuspocusLinkOptions) {
    const { url, name, api, doc, ledger, reconnects = 'soon', watch } = options
    this.#ledger = ledger
    this.#socket = new HocuspocusProviderWebsocket({
      url: `${url.replace('http', 'ws')}/live`,
      WebSocketPolyfill: watch?.wrap(ledger.socketClass) ?? ledger.socketClass,
      ...reconnectDelays[reconnects],
    })
    this.#provider = new HocuspocusProvider({
      websocketProvider: this.#socket,
      name,
      document: doc,
      token: () => api.token(),
    })
    watch?.follow(this.#socket, this.#provider)
    this.#provider.attach()
  }

  get isSynced(): boolean {
    return this.#provider.isSynced && !this.#provider.hasUnsyncedChanges
  }

  /** For whoever looks for why it is not in sync. */
  get state(): string {
    const { isAuthenticated, isSynced, unsyncedChanges } = this.#provider
    return `${this.#socket.status}, authenticated ${isAuthenticated}, synced ${isSynced}, unsynced changes ${unsyncedChanges}`
  }

  /** Cuts the link at once, as if the machine had lost its network. */
  disconnect(): void {
    this.#socket.disconnect()
    this.#ledger.cut()
  }

  connect(): void {
    void this.#socket.connect()
  }

  destroy(): void {
    this.#provider.destroy()
    this.#socket.destroy()
  }
}
