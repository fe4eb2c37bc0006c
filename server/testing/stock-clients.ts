import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { TestCaller } from './test-caller.ts'

/** Closing a socket while it connects emits an error that the stock provider does not listen to. */
class QuietSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    this.on('error', () => undefined)
  }
}

export interface StockClient extends Disposable {
  readonly doc: Y.Doc
  readonly text: Y.Text
  /** What a folder document holds. */
  readonly children: Y.Map<unknown>
  readonly provider: HocuspocusProvider
  readonly socket: HocuspocusProviderWebsocket
  /** Resolves when `condition` holds; it is looked at whenever something arrives or changes. */
  until(what: string, condition: () => boolean): Promise<void>
  /** Resolves when the document is in sync and everything typed is acknowledged. */
  saved(): Promise<void>
}

/** Opens a document with the stock Hocuspocus provider. */
export function openStockClient(
  caller: TestCaller,
  nodeId: string,
  options: { doc?: Y.Doc; token?: string; kind?: 'text' | 'folder' } = {},
): StockClient {
  const doc = options.doc ?? new Y.Doc()
  const socket = new HocuspocusProviderWebsocket({
    url: `${caller.url.replace('http', 'ws')}/live`,
    WebSocketPolyfill: QuietSocket,
    delay: 20,
    minDelay: 20,
    maxDelay: 200,
  })
  const provider = new HocuspocusProvider({
    websocketProvider: socket,
    name: `${options.kind ?? 'text'}:${nodeId}`,
    document: doc,
    token: options.token ?? caller.accessToken,
  })
  provider.attach()
  const until = (what: string, condition: () => boolean) => waitUntil(what, condition)
  return {
    doc,
    get text() {
      return doc.getText('content')
    },
    get children() {
      return doc.getMap('children')
    },
    provider,
    socket,
    until,
    saved: () =>
      until('everything is saved', () => provider.isSynced && !provider.hasUnsyncedChanges),
    [Symbol.dispose]() {
      provider.destroy()
      socket.destroy()
      // A timer that it has set before connects even then, and for ever.
      socket.connect = () => Promise.resolve()
      doc.destroy()
    },
  }
}

/** Opens a document with the stock y-websocket client. */
export async function openYWebsocketClient(
  caller: TestCaller,
  nodeId: string,
  kind: 'text' | 'folder' = 'text',
) {
  const document = `${kind}:${nodeId}`
  const { ticket } = await caller.post<{ ticket: string }>('/live/tickets', { document })
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(
    `${caller.url.replace('http', 'ws')}/live/y`,
    document,
    doc,
    {
      WebSocketPolyfill: QuietSocket as unknown as typeof globalThis.WebSocket,
      params: { token: ticket },
      disableBc: true,
      maxBackoffTime: 200,
    },
  )
  return {
    doc,
    get text() {
      return doc.getText('content')
    },
    provider,
    [Symbol.dispose]() {
      provider.destroy()
      doc.destroy()
    },
  }
}

/** Polls a condition that no event tells of; fails with `what` after a minute. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
