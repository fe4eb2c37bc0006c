import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { localFilesIn } from './local-files.ts'

const root = await mkdtemp(join(tmpdir(), 'cloudsync-local-files-'))
after(() => rm(root, { recursive: true }))
const open = localFilesIn(root)

suite('local files', () => {
  test('are read here and there', async () => {
    await mkdir(join(root, 'in'))
    await writeFile(join(root, 'in', 'a.bin'), 'abcdefgh')
    await using file = await open(['in', 'a.bin'])
    assert.ok(file)
    assert.equal(file.sizeBytes, 8)
    assert.equal(Buffer.concat(await Array.fromAsync(file.read(2, 5))).toString(), 'cde')
    await truncate(join(root, 'in', 'a.bin'), 1)
    await assert.rejects(Array.fromAsync(file.read(2, 5)), RangeError)
  })

  test('are files, and neither folders nor what leads or waits elsewhere', async () => {
    await mkdir(join(root, 'folder'))
    await symlink('/etc/hostname', join(root, 'link'))
    execFileSync('sh', ['-c', 'mkfifo pipe'], { cwd: root })
    for (const name of ['folder', 'link', 'pipe', 'none'])
      assert.equal(await open([name]), undefined)
  })
})
