import assert from 'node:assert/strict'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { FolderAccess } from './folder-access.ts'
import { FolderSyncs } from './folder-syncs.ts'
import { OwnFiles } from './own-files.ts'
import { probeFileSystem } from './probe-file-system.ts'
import { QuickCalls } from './quick-calls.ts'
import { fingerprintOf, statFileNow } from './stat-file.ts'
import { trashItem } from './trash.ts'

test('what is made in a folder while it is taken away stays, and takes back what was to go with it', async () => {
  await using disk = await openTestDisk()
  const { root } = disk
  const at = (name: string) => join(root, 'folder', name)
  mkdirSync(join(root, 'folder'))
  for (const name of ['a.log', 'b.log']) writeFileSync(at(name), 'old')
  const stats = statFileNow(join(root, 'folder'))
  assert.ok(stats)
  const quick = new QuickCalls()
  class MeddledAccess extends FolderAccess {
    override useOwn<T>(...call: Parameters<typeof FolderAccess.prototype.useOwn<T>>): Promise<T> {
      // All that was in it has been seen by now.
      writeFileSync(at('made'), 'new')
      return super.useOwn(...call)
    }
  }
  const context = {
    access: new MeddledAccess(root, quick),
    syncs: new FolderSyncs(),
    own: new OwnFiles(),
    traits: await probeFileSystem(root),
    now: () => Date.UTC(2026, 0, 5),
    quick,
  }
  const alongside = new Set(['a.log', 'b.log'])
  const outcome = await trashItem(context, ['folder'], fingerprintOf(stats), alongside)
  assert.deepEqual(outcome, { kind: 'changed' })
  assert.equal(readFileSync(at('made'), 'utf8'), 'new')
  for (const name of alongside) assert.equal(readFileSync(at(name), 'utf8'), 'old')
  assert.deepEqual(globSync('.cloudsync/trash/*', { cwd: root }), [])
})
