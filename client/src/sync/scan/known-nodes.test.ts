import { Random } from '@cloudsync/crdt/testing'
import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import test from 'node:test'
import type { LocalEntry, SyncedEntry } from '../model/entry.ts'
import { KnownNodes } from './known-nodes.ts'

const rootId = idOf(0)

test('a few folders and inodes picked out say the same as all in order', () => {
  for (let seed = 4100; seed < 4300; seed++) {
    const random = new Random(seed)
    const known = new Map<NodeId, LocalEntry>()
    const synced = new Map<NodeId, SyncedEntry>()
    const count = 2 + random.below(40)
    for (let number = 1; number < count; number++) {
      const entry = {
        id: idOf(number),
        parentId: idOf(random.below(number)),
        name: `n${random.below(6)}`,
        kind: random.chance(0.5) ? ('folder' as const) : ('file' as const),
      }
      const [inode, bornNs] = [String(random.below(20)), String(random.below(3))]
      const times = { device: '1', sizeBytes: 1, modifiedNs: '1', changedNs: '1' }
      if (random.chance(0.7))
        known.set(entry.id, { ...entry, content: null, fingerprint: { ...times, inode, bornNs } })
      if (random.chance(0.7))
        synced.set(entry.id, { ...entry, localContent: null, remoteContent: null })
    }
    const traits = {
      isCaseInsensitive: random.chance(0.5),
      isNormalizing: false,
      timeGranularityMs: 1,
      hasStableInodes: true,
    }
    const input = { known, synced, rootId, traits }
    const whole = new KnownNodes(input)
    const picking = new KnownNodes({ ...input, folders: [] })
    for (let asked = 0; asked < 30; asked++) {
      const folder = idOf(random.below(count))
      const name = random.pick(['n0', 'n1', 'N2', 'n3'])
      const fingerprint = {
        device: '1',
        inode: String(random.below(20)),
        bornNs: String(random.below(3)),
        sizeBytes: 1,
        modifiedNs: '1',
        changedNs: '1',
      }
      assert.deepEqual(picking.childrenOf(folder), whole.childrenOf(folder))
      assert.equal(picking.atPlace(folder, name), whole.atPlace(folder, name))
      assert.equal(picking.byInode(fingerprint), whole.byInode(fingerprint))
      assert.deepEqual(picking.nearestFolder([name, 'n1']), whole.nearestFolder([name, 'n1']))
    }
  }
})

function idOf(number: number): NodeId {
  return `01890000-0000-7000-8000-${String(number).padStart(12, '0')}` as NodeId
}
