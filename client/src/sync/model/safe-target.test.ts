import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSafeTarget } from './safe-target.ts'

test('[LN2] a link is safe that leads nowhere but into the linked folder, wherever other links lead', () => {
  const safe: [string, string][] = [
    ['link', 'file'],
    ['link', './a/b'],
    ['link', '.'],
    ['a/link', '..'],
    ['a/b/link', '../../c'],
    ['a/b/link', './.././../c/'],
    ['link', '...'],
    ['link', '..a'],
    ['a/link', '.cloudsync'],
    ['link', 'a/.cloudsync'],
  ]
  const unsafe: [string, string][] = [
    ['link', ''],
    ['link', '/'],
    ['link', '/etc/passwd'],
    ['link', '..'],
    ['link', '../a'],
    ['a/link', '../..'],
    ['a/link', '../../a'],
    ['a/link', './.././..'],
    // What is behind a name may be a link, and lead anywhere in the folder.
    ['link', 'a/..'],
    ['a/b/link', 'c/../d'],
    ['link', 'a/../../b'],
    ['link', '.cloudsync'],
    ['link', '.CloudSync/trash'],
    ['a/link', '../.cloudsync'],
    ['link', 'C:x'],
    ['link', String.raw`\\server\share`],
    ['a/link', String.raw`..\..\b`],
    ['link', 'a\0b'],
  ]
  for (const [path, target] of safe) assert.ok(isSafeTarget(path.split('/'), target), target)
  for (const [path, target] of unsafe) assert.ok(!isSafeTarget(path.split('/'), target), target)
})
