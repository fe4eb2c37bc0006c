import type { CliContext } from '../cli-command.ts'
import { newNodeId, systemClock, type CloudSyncClient } from '../../sdk/index.ts'
import { openNodeDisk } from '../../sync/disk/open-node-disk.ts'
import type { NodeDisk } from '../../sync/disk/node-disk.ts'
import type { EngineEvent } from '../../sync/engine/engine-status.ts'
import { SyncEngine } from '../../sync/engine/sync-engine.ts'
import { HttpRemote, localFilesIn } from '../../sync/remote/index.ts'
import type { SyncStore } from '../../sync/store/sync-store.ts'
import type { Link } from '../settings/links.ts'
import { limitedFetch, type Throttles } from './limited-fetch.ts'
import { nameRulesOf } from './name-rules.ts'
import type { Selection } from './selection.ts'
import { Throttle } from './throttle.ts'
import type { TransferMemory } from './transfer-memory.ts'

export const clock = systemClock

/** What a link stands on besides the disk, which may be away. */
export interface LinkParts {
  readonly link: Link
  readonly store: SyncStore
  readonly memory: TransferMemory
  readonly client: CloudSyncClient
  readonly selection: Selection
}

export function openDisk({ path, id }: Link): Promise<NodeDisk> {
  return openNodeDisk({ root: path, linkId: id, clock })
}

export function openThrottles(link: Link): Throttles {
  return {
    up: new Throttle(clock, link.uploadBytesPerSecond),
    down: new Throttle(clock, link.downloadBytesPerSecond),
  }
}

export function openLinkClient(
  { sessions }: CliContext,
  { server }: Link,
  throttles: Throttles,
): Promise<CloudSyncClient> {
  return sessions.open(
    server,
    limitedFetch((url, init) => fetch(url, init), throttles),
  )
}

/** The engine of a link on a real disk, a real server and a real clock. */
export function createEngine(
  { link, store, memory, client, selection }: LinkParts,
  disk: NodeDisk,
  onEvent?: (event: EngineEvent) => void,
): SyncEngine {
  const isWholeSpace = link.isWholeSpace
  const remote = new HttpRemote({
    client,
    place: { spaceId: link.spaceId, folderId: link.folderId, isWholeSpace },
    knownEntry: (id) => store.trees.remote.get(id),
    uploadUrls: memory.uploadUrls,
    chunkLists: memory.chunkLists,
    openLocalFile: localFilesIn(link.path),
  })
  const createId = () => newNodeId(clock.now())
  return new SyncEngine({
    world: { disk, remote, clock, random: Math.random, createId },
    store,
    rootId: link.folderId,
    linkId: link.id,
    traits: disk.traits,
    nameRules: nameRulesOf(disk.traits),
    selection,
    ...(onEvent && { onEvent }),
  })
}
