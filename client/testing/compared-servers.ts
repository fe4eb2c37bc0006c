import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import type { CloudSyncClient } from '@cloudsync/client'
import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { blockTable, type TestServer } from '@cloudsync/server/testing'
import type * as Y from 'yjs'
import { recordSnapshot } from '../src/sync/engine/observe-remote.ts'
import type { Remote } from '../src/sync/ports.ts'
import { ModelServer } from '../src/sync/simulation/model-server.ts'
import { Scheduler } from '../src/sync/simulation/scheduler.ts'
import { SeededRandom } from '../src/sync/simulation/seeded-random.ts'
import { SimulatedRemote } from '../src/sync/simulation/simulated-remote.ts'
import { isTextName } from '../src/sync/simulation/users.ts'
import { SyncStore } from '../src/sync/store/sync-store.ts'
import { TestRemote } from './test-remote.ts'

/** For a long poll. */
const waitMs = 5_000

/** A computer's copy of a text. */
export interface Copy {
  readonly document: Y.Doc
  content: string | undefined
  /** What the server has of it. */
  sent: Uint8Array | undefined
}

/** A server by the port of the engine, and what a client knows that has read its feed. */
export interface Side {
  readonly store: SyncStore
  readonly copies: Map<string, Copy>
  /** Contents of texts by the order in which they were met: the servers name them otherwise. */
  readonly contents: Map<string, number>
  ask<T>(act: (remote: Remote) => Promise<T>): Promise<T>
  trashByUser(id: NodeId): Promise<void>
  /** All edits are told of when it resolves. */
  tell(): Promise<void>
}

interface RealSide extends Side, AsyncDisposable {
  /** From now on the feed tells of no edit. */
  hold(): Promise<void>
  /** After an edit: whoever would tell of it waits, and may tell of no later one with it. */
  held(): Promise<void>
}

function openStore(): SyncStore {
  return new SyncStore(new DatabaseSync(':memory:'))
}

export function openModel(rootId: NodeId): { side: Side; server: ModelServer } {
  const server = new ModelServer(rootId, isTextName)
  server.knowsModes = true
  const untold: (() => void)[] = []
  server.tellsLater = (tell) => untold.push(tell)
  const random = new SeededRandom(1)
  const scheduler = new Scheduler(random, 0)
  const store = openStore()
  const remote = new SimulatedRemote({
    server,
    actor: { name: 'client', isAlive: true },
    scheduler,
    random,
    faults: { lossRate: 0, repeatRate: 0, isDown: false },
    knows: (id) => store.trees.remote.has(id),
  })
  const side: Side = {
    store,
    copies: new Map(),
    contents: new Map(),
    async ask(act) {
      let isDone = false
      const answer = act(remote).finally(() => (isDone = true))
      await scheduler.run(() => isDone, 1000)
      return answer
    },
    async trashByUser(id) {
      const node = server.nodes.get(id)
      if (node) server.trashByUser(node)
    },
    tell: async () => {
      for (const tell of untold.splice(0)) tell()
    },
  }
  return { side, server }
}

export async function openReal(
  server: TestServer,
  client: CloudSyncClient,
  place: { spaceId: SpaceId; folderId: NodeId; isWholeSpace: boolean },
): Promise<RealSide> {
  const store = openStore()
  const { remote } = new TestRemote(client, place, {
    knownEntry: (id) => store.trees.remote.get(id),
  })
  const { pool } = server.db.database
  const isAnyUntold = async () => {
    const { rowCount } = await pool.query(
      `SELECT FROM documents JOIN nodes ON nodes.id = documents.id
       WHERE nodes.kind = 'text' AND documents.seq > nodes.touched_seq`,
    )
    return rowCount !== 0
  }
  // Who tells of an edit writes here first.
  let block: Awaited<ReturnType<typeof blockTable>> | undefined
  let isWaitedFor = false
  await recordSnapshot(store, remote)
  let cursor = store.cursor ?? ''
  return {
    store,
    copies: new Map(),
    contents: new Map(),
    ask: (act) => act(remote),
    trashByUser: async (id) => void (await client.nodes.trash(id)),
    async hold() {
      block ??= await blockTable(server, 'version_dues')
    },
    async held() {
      if (isWaitedFor || !(await isAnyUntold())) return
      isWaitedFor = true
      await block?.waitedFor()
    },
    async tell() {
      await block?.release()
      block = undefined
      isWaitedFor = false
      while (await isAnyUntold()) {
        const page = await remote.changes(cursor, waitMs)
        assert.ok(page !== 'expired')
        cursor = page.cursor
      }
    },
    [Symbol.asyncDispose]: async () => block?.release(),
  }
}
