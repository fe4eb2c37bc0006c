import type { LiveTarget } from '../load/live-target.ts'
import type { ServerProcess } from './server-process.ts'

export type PeerName = 'cloudsync' | 'hocuspocus' | 'y-websocket'

export const peerTitles: Readonly<Record<PeerName, string>> = {
  cloudsync: 'CloudSync',
  hocuspocus: 'Hocuspocus 4.7',
  'y-websocket': 'y-websocket server 1.5',
}

/** A server under measurement, in a process of its own, as its users would run it. */
export interface Peer extends AsyncDisposable {
  readonly name: PeerName
  readonly process: ServerProcess
  /** The first processes of the trees that do its work, for CPU accounting. */
  processRoots(): Promise<number[]>
  /** With `people`, for so many of them, where the server tells people apart. */
  target(people?: number): Promise<LiveTarget>
  /**
   * Makes new documents and gives their names. A server that stores documents gets them with `state`
   * (a Yjs V1 update) in them; the others learn it from the first client that joins.
   */
  createDocuments(count: number, state?: Uint8Array): Promise<string[]>
}

export type OpenPeer = () => Promise<Peer>
