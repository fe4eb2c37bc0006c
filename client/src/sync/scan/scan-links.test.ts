import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openScanner } from '../testing/test-scanner.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

type Opened = Awaited<ReturnType<typeof openScanner>>

function entryAt({ scanner }: Opened, path: string) {
  const id = scanner.id(path)
  return (id && scanner.known.get(id)) ?? assert.fail(`${path} is not known`)
}

test('[LN1] takes links for what they are, wherever they lead, and follows none', async () => {
  await using folder = await openScanner()
  const { user, scanner, root } = folder
  await user.makeFolder(['a'])
  await user.write(['a', 'b'], 'one')
  await symlink('a', join(root, 'to-folder'))
  await symlink('/etc/passwd', join(root, 'to-file'))
  await symlink('.', join(root, 'a', 'circle'))
  await symlink('nowhere', join(root, 'a', 'dangling'))
  await scanner.scan()
  assert.deepEqual(scanner.paths(), ['a', 'a/b', 'a/circle', 'a/dangling', 'to-file', 'to-folder'])
  const link = entryAt(folder, 'to-file')
  assert.deepEqual([link.kind, link.content], ['symlink', sha256('/etc/passwd')])
  assert.deepEqual(folder.hashed, ['a/b'])
  const { changed } = await scanner.scan()
  assert.deepEqual(changed, [])
})

test('a link whose target is no text is left out, and told', async () => {
  await using folder = await openScanner()
  execFileSync('sh', ['-c', String.raw`ln -s "$(printf '\377')" odd`], { cwd: folder.root })
  const { skipped } = await folder.scanner.scan()
  assert.deepEqual(skipped, [{ path: ['odd'], reason: 'symlink' }])
})

test('[LN1] a link that has another target is the same node, one in the place of a file another', async () => {
  await using folder = await openScanner()
  const { user, scanner, root } = folder
  await symlink('one', join(root, 'link'))
  await user.write(['file'], 'two')
  await scanner.scan()
  const [link, file] = [scanner.id('link'), scanner.id('file')]
  await symlink('other', join(root, 'new'))
  await rename(join(root, 'new'), join(root, 'link'))
  await rm(join(root, 'file'))
  await symlink('two', join(root, 'file'))
  const { removed } = await scanner.scan()
  assert.equal(scanner.id('link'), link)
  assert.equal(entryAt(folder, 'link').content, sha256('other'))
  assert.notEqual(scanner.id('file'), file)
  assert.deepEqual([entryAt(folder, 'file').kind, removed], ['symlink', [file]])
  await rm(join(root, 'file'))
  await user.write(['file'], 'two')
  await scanner.scan()
  assert.equal(entryAt(folder, 'file').kind, 'file')
})

test('[LN1] a link that was moved is the same node, and none with a file that says the same', async () => {
  await using folder = await openScanner()
  const { user, scanner, root } = folder
  await user.makeFolder(['a'])
  await symlink('b', join(root, 'link'))
  await user.write(['file'], 'b')
  await scanner.scan()
  const [link, file] = [scanner.id('link'), scanner.id('file')]
  await rename(join(root, 'link'), join(root, 'a', 'moved'))
  await rename(join(root, 'file'), join(root, 'a', 'file'))
  await scanner.scan()
  assert.deepEqual([scanner.id('a/moved'), scanner.id('a/file')], [link, file])
})

test('[MD1] tells which files are executable, and reads a file no second time for it where nothing else changed', async () => {
  await using folder = await openScanner()
  const { user, scanner, root, hashed } = folder
  await user.write(['run'], '#!/bin/sh')
  await chmod(join(root, 'run'), 0o755)
  await user.write(['data'], 'x')
  await scanner.scan()
  assert.equal(entryAt(folder, 'run').fingerprint?.isExecutable, true)
  assert.equal(entryAt(folder, 'data').fingerprint?.isExecutable, false)
  // As what was read by a program that knew no modes.
  const known = entryAt(folder, 'run')
  const { isExecutable: _, ...rest } = known.fingerprint ?? assert.fail()
  scanner.known = new Map([...scanner.known, [known.id, { ...known, fingerprint: rest }]])
  hashed.length = 0
  const { changed } = await scanner.scan()
  assert.deepEqual(
    changed.map(({ id, fingerprint }) => [id, fingerprint?.isExecutable]),
    [[known.id, true]],
  )
  assert.deepEqual(hashed, [])
  await chmod(join(root, 'run'), 0o644)
  await scanner.scan()
  assert.equal(entryAt(folder, 'run').fingerprint?.isExecutable, false)
  assert.equal(entryAt(folder, 'run').content, known.content)
})
