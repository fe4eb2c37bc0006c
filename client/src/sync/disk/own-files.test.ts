import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fingerprint } from '../model/entry.ts'
import { OwnFiles } from './own-files.ts'

const path = ['a', 'b']

function fingerprint(inode: string, changedNs: string): Fingerprint {
  return { device: '1', inode, bornNs: '5', sizeBytes: 3, modifiedNs: '6', changedNs }
}

test('takes a file for its own by its inode until it is known how it was left, and then by all of its state', () => {
  const own = new OwnFiles()
  assert.equal(own.isAsLeft(path, fingerprint('7', '8')), false)
  own.placing(path, '7')
  assert.equal(own.isAsLeft(path, fingerprint('7', '9')), true)
  assert.equal(own.isAsLeft(path, fingerprint('8', '9')), false)
  own.left(path, fingerprint('7', '8'))
  assert.equal(own.isAsLeft(path, fingerprint('7', '8')), true)
  assert.equal(own.isAsLeft(path, fingerprint('7', '9')), false)
  assert.equal(own.isAsLeft(path, undefined), false)
})

test('has the folder looked at of one that somebody changed before it was known how it was left', () => {
  const own = new OwnFiles()
  const told: string[] = []
  const unlisten = own.listen((folder) => told.push(folder.join('/')))
  own.placing(path, '7')
  own.lost(path)
  assert.deepEqual(told, ['a'])
  assert.equal(own.has(path), false)
  unlisten()
  own.lost(path)
  assert.deepEqual(told, ['a'])
})

test('forgets the oldest of many', () => {
  const own = new OwnFiles()
  for (let file = 0; file < 3_000; file++) own.placing(['a', String(file)], '7')
  assert.equal(own.has(['a', '0']), false)
  assert.equal(own.has(['a', '2999']), true)
})
