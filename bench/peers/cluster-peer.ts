import type { LiveTarget } from '../load/live-target.ts'
import { CloudSyncPeer } from './cloudsync-peer.ts'
import { openHocuspocus } from './hocuspocus-peer.ts'
import type { Peer, PeerName } from './peer.ts'
import { RedisServer } from './redis-server.ts'

/** Several servers that are one, with a Redis of their own. */
export interface ClusterPeer extends AsyncDisposable {
  readonly name: PeerName
  readonly redis: RedisServer
  /** All that works for it: servers, database, Redis. */
  processRoots(): Promise<number[]>
  /** The servers' processes; one of them may be the parent of the database. */
  readonly serverPids: readonly number[]
  /** `undefined` where there is none. */
  readonly databasePid: number | undefined
  /** One per node. */
  targets(): Promise<LiveTarget[]>
  /** Makes a document of `state`; what is in `bring` the first client must bring along. */
  createDocument(
    state: Uint8Array,
  ): Promise<{ readonly name: string; readonly bring: Uint8Array | undefined }>
}

/** Our servers on the embedded database of the first one. */
export async function openCloudSyncCluster(size: number): Promise<ClusterPeer> {
  await using stack = new AsyncDisposableStack()
  const redis = stack.use(await RedisServer.open())
  const first = stack.use(await CloudSyncPeer.open({ redisUrl: redis.url }))
  const nodes = [first]
  while (nodes.length < size) {
    const { dataDir } = first
    nodes.push(stack.use(await CloudSyncPeer.open({ dataDir, redisUrl: redis.url })))
  }
  return present(stack.move(), redis, nodes, await first.databasePid(), async (state) => {
    const [name = ''] = await first.createDocuments(1, state)
    return { name, bring: undefined }
  })
}

/** Stock servers that share documents by the stock extension; they store nothing. */
export async function openHocuspocusCluster(size: number): Promise<ClusterPeer> {
  await using stack = new AsyncDisposableStack()
  const redis = stack.use(await RedisServer.open())
  const nodes: Peer[] = []
  while (nodes.length < size) nodes.push(stack.use(await openHocuspocus({ redisPort: redis.port })))
  return present(stack.move(), redis, nodes, undefined, async (state) => {
    const [name = ''] = (await nodes[0]?.createDocuments(1)) ?? []
    return { name, bring: state }
  })
}

function present(
  stack: AsyncDisposableStack,
  redis: RedisServer,
  nodes: readonly Peer[],
  databasePid: number | undefined,
  createDocument: ClusterPeer['createDocument'],
): ClusterPeer {
  const [first] = nodes
  if (!first) throw new Error('A cluster has at least one node')
  return {
    name: first.name,
    redis,
    serverPids: nodes.map((node) => node.process.pid),
    databasePid,
    processRoots: async () => [
      redis.pid,
      ...(await Promise.all(nodes.map((node) => node.processRoots()))).flat(),
    ],
    targets: () => Promise.all(nodes.map((node) => node.target())),
    createDocument,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
