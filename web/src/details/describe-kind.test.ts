import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeNode } from '../../testing/make-node.ts'
import { imageTypeOf } from '../preview/preview-kind.ts'
import { describeKind } from './describe-kind.ts'

test('a kind is what a person calls it, whatever the name of a link says', () => {
  assert.equal(describeKind(makeNode('a.md')), 'Markdown document')
  assert.equal(describeKind(makeNode('run.sh', { mode: 'executable' })), 'Text file, executable')
  const link = makeNode('a.png', { kind: 'blob', mode: 'symlink' })
  assert.equal(describeKind(link), 'Symbolic link')
  assert.equal(imageTypeOf(link), undefined)
  assert.equal(imageTypeOf({ ...link, mode: 'regular' }), 'image/png')
})
