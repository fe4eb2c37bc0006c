import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { createClient, newNodeId } from '@cloudsync/client'
import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { Random } from '@cloudsync/crdt/testing'
import { startTestServer, testAdmin } from '@cloudsync/server/testing'
import { recordPage, recordSnapshot } from '../src/sync/engine/observe-remote.ts'
import type { Remote, RemoteOutcome, TrashItem } from '../src/sync/ports.ts'
import { readChanges } from '../src/sync/simulation/model-feed.ts'
import { ModelServer } from '../src/sync/simulation/model-server.ts'
import { SyncStore } from '../src/sync/store/sync-store.ts'
import { fileOf, TestRemote } from '../testing/test-remote.ts'
import { trashItemOf } from '../testing/trash-item.ts'

const names = ['a', 'b', 'c.bin', 'd.bin']
const acts = 200

/** A server, and what a client knows of it that has read its feed. */
interface Side {
  readonly store: SyncStore
  readonly ask: Asked
  readonly catchUp: () => Promise<void>
}

/** What both are asked alike. */
interface Asked {
  createFolder: (id: NodeId, parentId: NodeId, name: string) => Answer
  upload: (id: NodeId, parentId: NodeId, name: string, bytes: Uint8Array) => Answer
  replace: (id: NodeId, bytes: Uint8Array, base: string) => Answer
  move: (id: NodeId, parentId: NodeId, name: string) => Answer
  setExecutable: (id: NodeId, isExecutable: boolean) => Answer
  restore: (id: NodeId) => Answer
  trash: (item: TrashItem) => Answer
}

type Answer = Promise<RemoteOutcome<unknown>>

function openModel(rootId: NodeId): Side {
  const server = new ModelServer(rootId, () => false)
  server.knowsModes = true
  const store = new SyncStore(new DatabaseSync(':memory:'))
  store.transaction((writer) => writer.setCursor('0'))
  return {
    store,
    ask: {
      createFolder: async (id, parentId, name) => server.createFolder({ id, parentId, name }),
      upload: async (id, parentId, name, bytes) => server.createFile({ id, parentId, name }, bytes),
      replace: async (id, bytes, base) => server.replace(id, bytes, base),
      move: async (id, parentId, name) => server.move({ id, parentId, name }),
      setExecutable: async (id, isExecutable) => server.setExecutable(id, isExecutable),
      restore: async (id) => server.restore(id),
      trash: async (item) => server.trash([item]).results[0] ?? { kind: 'stale' },
    },
    catchUp: async () => {
      const after = Number(store.cursor)
      const knows = (id: NodeId) => store.trees.remote.has(id)
      const { changes, seq, hasMore } = readChanges(server, after, 1000, knows)
      recordPage(store, { changes, cursor: String(seq), hasMore })
    },
  }
}

async function openReal(remote: Remote, store: SyncStore): Promise<Side> {
  await recordSnapshot(store, remote)
  let operations = 0
  const next = () => `operation-${++operations}`
  return {
    store,
    ask: {
      createFolder: (id, parentId, name) => remote.createFolder({ id, parentId, name }, next()),
      upload: async (id, parentId, name, bytes) => {
        const [outcome] = await remote.upload([{ ...fileOf(id, bytes), parentId, name }], next())
        return outcome ?? { kind: 'stale' }
      },
      replace: (id, bytes, base) => remote.replace(fileOf(id, bytes), base),
      move: (id, parentId, name) => {
        const { parentId: lay = parentId, name: was = name } = store.trees.remote.get(id) ?? {}
        return remote.move({ id, parentId, name }, { parentId: lay, name: was }, next())
      },
      setExecutable: (id, isExecutable) => remote.setExecutable(id, isExecutable, next()),
      restore: (id) => remote.restore(id, next()),
      trash: async (item) => (await remote.trash([item], next())).results[0] ?? { kind: 'stale' },
    },
    catchUp: async () => {
      const page = await remote.changes(store.cursor ?? '', 0)
      assert.ok(page !== 'expired')
      recordPage(store, page)
    },
  }
}

/** What of an answer a client goes by. */
function gist(outcome: RemoteOutcome<unknown>): unknown {
  if (outcome.kind === 'refused') return outcome.code
  if (outcome.kind !== 'done' || typeof outcome.value !== 'object') return outcome.kind
  const { entry } = outcome.value as { entry?: { parentId: NodeId; name: string } }
  return entry ? { parentId: entry.parentId, name: entry.name } : 'done'
}

function treeOf({ store }: Side): unknown {
  const entries = [...store.trees.remote.values()].map((entry) => {
    const { id, parentId, name, kind, content, sizeBytes, isExecutable } = entry
    return { id, parentId, name, kind, content, sizeBytes, isExecutable }
  })
  return entries.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

class Asker {
  readonly #random: Random
  readonly #rootId: NodeId
  readonly #ids: NodeId[] = []
  readonly #folders: NodeId[] = []
  #contents = 0

  constructor(random: Random, rootId: NodeId) {
    this.#random = random
    this.#rootId = rootId
  }

  /** Something to ask any side. */
  next(): { readonly what: string; readonly ask: (side: Side) => Answer } {
    const random = this.#random
    const [id, parentId, name] = [this.#any(), this.#anyFolder(), random.pick(names)]
    const choice = random.next()
    if (!id || choice < 0.25) {
      const made = newNodeId()
      this.#ids.push(made)
      if (random.chance(0.6)) {
        this.#folders.push(made)
        return this.#step(`folder ${made}`, ({ ask }) => ask.createFolder(made, parentId, name))
      }
      const bytes = this.#bytes()
      return this.#step(`file ${made}`, ({ ask }) => ask.upload(made, parentId, name, bytes))
    }
    if (choice < 0.5)
      return this.#step(`move ${id} to ${parentId} ${name}`, ({ ask }) =>
        ask.move(id, parentId, name),
      )
    if (choice < 0.6) {
      const bytes = this.#bytes()
      return this.#step(`replace ${id}`, async ({ ask, store }) => {
        const base = store.trees.remote.get(id)?.content
        return typeof base === 'string' ? ask.replace(id, bytes, base) : { kind: 'stale' }
      })
    }
    if (choice < 0.65) {
      const isExecutable = random.chance(0.5)
      return this.#step(`mode ${id}`, ({ ask }) => ask.setExecutable(id, isExecutable))
    }
    // Nobody deletes what they have not heard of.
    if (choice < 0.8)
      return this.#step(`trash ${id}`, async (side) =>
        side.store.trees.remote.has(id)
          ? side.ask.trash(trashItemOf(side.store, id))
          : { kind: 'stale' },
      )
    return this.#step(`restore ${id}`, ({ ask }) => ask.restore(id))
  }

  #step(what: string, ask: (side: Side) => Answer) {
    return { what, ask }
  }

  #any(): NodeId | undefined {
    return this.#ids.length === 0 ? undefined : this.#random.pick(this.#ids)
  }

  #anyFolder(): NodeId {
    const isRoot = this.#folders.length === 0 || this.#random.chance(0.4)
    return isRoot ? this.#rootId : this.#random.pick(this.#folders)
  }

  #bytes(): Uint8Array {
    return Buffer.from(`\0${++this.#contents}`)
  }
}

for (const seed of [13, 26])
  test(`[seed ${seed}] the model that stands for the server in the simulation answers and tells as the server does`, async () => {
    await using server = await startTestServer({}, { RATE_LIMIT_PER_MINUTE: '100000' })
    const client = createClient({ url: server.url, credentials: testAdmin })
    const [space] = await client.spaces.list().all()
    assert.ok(space)
    const place = { spaceId: space.id as SpaceId, folderId: space.rootId, isWholeSpace: true }
    const store = new SyncStore(new DatabaseSync(':memory:'))
    const knownEntry = (id: NodeId) => store.trees.remote.get(id)
    const { remote } = new TestRemote(client, place, { knownEntry })
    const sides = [await openReal(remote, store), openModel(space.rootId)] as const
    const random = new Random(seed)
    const asker = new Asker(random, space.rootId)
    const asked: string[] = []
    for (let act = 0; act < acts; act++) {
      const { what, ask } = asker.next()
      asked.push(what)
      const [real, model] = [await ask(sides[0]), await ask(sides[1])]
      const said = JSON.stringify({ real, model })
      assert.deepEqual(gist(model), gist(real), `after ${asked.slice(-6).join('\n')}\n${said}`)
      if (!random.chance(0.2)) continue
      for (const side of sides) await side.catchUp()
      assert.deepEqual(treeOf(sides[1]), treeOf(sides[0]), `after ${asked.slice(-12).join('\n')}`)
    }
  })
