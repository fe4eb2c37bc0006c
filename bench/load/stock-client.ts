import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import type * as Y from 'yjs'
import type { LiveTarget } from './live-target.ts'

/** Resolves when the stock client says that it is in sync; what it gives disconnects it. */
export async function connectStockClient(
  { target, document: name }: { readonly target: LiveTarget; readonly document: string },
  document: Y.Doc,
): Promise<() => void> {
  const synced = Promise.withResolvers<void>()
  if (target.protocol === 'hocuspocus') {
    const websocketProvider = new HocuspocusProviderWebsocket({
      url: target.url,
      WebSocketPolyfill: WebSocket,
    })
    const provider = new HocuspocusProvider({
      websocketProvider,
      name,
      document,
      token: target.token,
      onSynced: () => synced.resolve(),
      onAuthenticationFailed: ({ reason }) => synced.reject(new Error(`Refused: ${reason}`)),
    })
    provider.attach()
    await synced.promise
    return () => {
      provider.destroy()
      websocketProvider.destroy()
    }
  }
  const provider = new WebsocketProvider(target.url, name, document, {
    // Its types ask for the browser's class; what it uses of that, `ws` has too.
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    disableBc: true,
  })
  provider.on('sync', (isSynced: boolean) => {
    if (isSynced) synced.resolve()
  })
  await synced.promise
  return () => provider.destroy()
}
