import type { NodeId } from '@cloudsync/protocol'
import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { DiskGate } from '../engine/disk-gate.ts'
import type { StepContext } from '../engine/step-context.ts'
import { Transfers } from '../engine/transfers.ts'
import type { Disk, Remote } from '../ports.ts'
import { SyncStore } from '../store/sync-store.ts'
import { realClock } from './open-test-disk.ts'

export const testRootId = '00000000-0000-7000-8000-000000000001' as NodeId

/** What a step works with: an empty store, that disk, and a server that has `remoteBytes` in every file. */
export function testStepContext(given: {
  readonly disk: Disk
  readonly remoteBytes?: string
  readonly remote?: Partial<Remote>
}): StepContext {
  const { disk, remoteBytes = '', remote } = given
  return {
    world: {
      disk,
      remote: { ...remoteOf(remoteBytes), ...remote },
      clock: realClock,
      random: Math.random,
      createId: () => randomUUID() as NodeId,
    },
    store: new SyncStore(new DatabaseSync(':memory:')),
    rootId: testRootId,
    linkId: 'link',
    gate: new DiskGate(),
    transfers: new Transfers(realClock),
    certainTexts: new Set(),
    ignoredIn: () => new Set(),
    suspect: () => undefined,
  }
}

function remoteOf(content: string): Remote {
  async function* bytes(): AsyncIterable<Uint8Array> {
    yield Buffer.from(content)
  }
  const silent = () => Promise.reject(new Error('nobody asks this'))
  return {
    changes: silent,
    async *snapshot() {},
    createFolder: silent,
    upload: silent,
    replace: silent,
    move: silent,
    setExecutable: silent,
    restore: silent,
    trash: silent,
    exchangeTexts: silent,
    download: async () => ({ kind: 'done', value: { content: bytes(), sha256: content } }),
  }
}
