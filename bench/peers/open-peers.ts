import { CloudSyncPeer } from './cloudsync-peer.ts'
import { openHocuspocus } from './hocuspocus-peer.ts'
import type { Peer } from './peer.ts'
import { openYWebsocket } from './y-websocket-peer.ts'

export interface OpenPeers extends AsyncDisposable {
  readonly all: readonly Peer[]
}

/** Ours and the stock servers, side by side; those that a round does not measure are idle. */
export async function openPeers(): Promise<OpenPeers> {
  await using stack = new AsyncDisposableStack()
  const all = [
    stack.use(await CloudSyncPeer.open()),
    stack.use(await openHocuspocus()),
    stack.use(await openYWebsocket()),
  ]
  const open = stack.move()
  return { all, [Symbol.asyncDispose]: () => open.disposeAsync() }
}
