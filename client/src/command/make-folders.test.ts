import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolders } from './make-folders.ts'

test('makes a folder and those above it, and leaves one that is there', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'cloudsync-folders-'))
  t.after(() => rm(root, { recursive: true }))
  await makeFolders(join(root, 'a', 'b', 'c'))
  await makeFolders(join(root, 'a', 'b'))
  assert.ok((await stat(join(root, 'a', 'b', 'c'))).isDirectory())
})

test(
  'ends where no folder can be made',
  { skip: process.platform !== 'linux' && 'only Linux has /proc' },
  () => assert.rejects(makeFolders('/proc/there/is/none'), { code: 'ENOENT' }),
)
