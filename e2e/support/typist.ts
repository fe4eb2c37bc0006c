import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { ApiClient } from './api-client.ts'
import { QuietSocket, WireLedger } from './counting-socket.ts'
import { HocuspocusLink } from './hocuspocus-link.ts'
import type { ReconnectWatch } from './reconnect-watch.ts'

/** `<name>-<number>;` */
export const textTokens = /[a-z]\d*-\d+;/g

export interface TypistOptions {
  readonly name: string
  readonly url: string
  readonly nodeId: string
  readonly api: ApiClient
  readonly random: () => number
  /** How soon a Hocuspocus client comes back: `stock` as its makers have it, by default much sooner. */
  readonly reconnects?: 'soon' | 'stock'
  readonly watch?: ReconnectWatch
}

/** Somebody with a stock client who types tokens (`<name>-<number>;`) at random places of a document. */
export interface Typist {
  readonly doc: Y.Doc
  readonly ledger: WireLedger
  readonly typed: ReadonlySet<string>
  type(): void
  readonly isSynced: boolean
  /** For whoever looks for why it is not in sync. */
  readonly state: string
  /** Cuts the link at once, as if the machine had lost its network. */
  disconnect(): void
  connect(): void
  destroy(): void
}

abstract class TokenTypist {
  readonly doc = new Y.Doc()
  readonly ledger: WireLedger
  readonly typed = new Set<string>()
  readonly #options: TypistOptions
  #count = 0

  constructor(options: TypistOptions) {
    this.#options = options
    this.ledger = new WireLedger({
      tokens: textTokens,
      isOwn: (token) => token.startsWith(`${options.name}-`),
    })
  }

  get text(): Y.Text {
    return this.doc.getText('content')
  }

  /** Inserts a token where another one ends, so that no token is ever split. */
  type(): void {
    const token = `${this.#options.name}-${this.#count++};`
    this.typed.add(token)
    const content = this.text.toString()
    const near = content.indexOf(';', Math.floor(this.#options.random() * content.length))
    this.text.insert(near === -1 ? 0 : near + 1, token)
  }
}

/** With the stock Hocuspocus provider. */
export class HocuspocusTypist extends TokenTypist implements Typist {
  readonly #link: HocuspocusLink

  constructor(options: TypistOptions) {
    super(options)
    const { url, nodeId, api, reconnects, watch } = options
    const { doc, ledger } = this
    const name = `text:${nodeId}`
    this.#link = new HocuspocusLink({ url, name, api, doc, ledger, reconnects, watch })
  }

  get isSynced(): boolean {
    return this.#link.isSynced
  }

  get state(): string {
    return this.#link.state
  }

  disconnect(): void {
    this.#link.disconnect()
  }

  connect(): void {
    this.#link.connect()
  }

  destroy(): void {
    this.#link.destroy()
    this.doc.destroy()
  }
}

/**
 * With the stock y-websocket client. Its protocol knows no acknowledgement, so nothing of what it types
 * counts as acknowledged; it must converge all the same.
 */
export class YWebsocketTypist extends TokenTypist implements Typist {
  readonly #provider: WebsocketProvider
  readonly #renewal: NodeJS.Timeout

  private constructor(options: TypistOptions, ticket: string) {
    super(options)
    this.#provider = new WebsocketProvider(
      `${options.url.replace('http', 'ws')}/live/y`,
      `text:${options.nodeId}`,
      this.doc,
      {
        WebSocketPolyfill: QuietSocket as unknown as typeof globalThis.WebSocket,
        params: { token: ticket },
        disableBc: true,
        maxBackoffTime: 400,
      },
    )
    // Often, as the server is away for much of the time and a ticket lasts five minutes.
    this.#renewal = setInterval(() => {
      options.api.ticket(`text:${options.nodeId}`).then(
        (token) => (this.#provider.params = { token }),
        () => undefined,
      )
    }, 10_000)
  }

  get state(): string {
    return `${this.#provider.wsconnected ? 'connected' : 'away'}, ${this.#provider.synced ? 'synced' : 'not synced'}`
  }

  static async open(options: TypistOptions): Promise<YWebsocketTypist> {
    return new YWebsocketTypist(options, await options.api.ticket(`text:${options.nodeId}`))
  }

  get isSynced(): boolean {
    return this.#provider.synced
  }

  disconnect(): void {
    this.#provider.disconnect()
  }

  connect(): void {
    this.#provider.connect()
  }

  destroy(): void {
    clearInterval(this.#renewal)
    this.#provider.destroy()
    this.doc.destroy()
  }
}
