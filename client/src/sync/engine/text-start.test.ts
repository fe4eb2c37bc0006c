import assert from 'node:assert/strict'
import test from 'node:test'
import * as Y from 'yjs'
import { textRootName } from '@cloudsync/crdt'
import { beginText } from './text-start.ts'

for (const { title, base, theirs, disk, inserted, expected } of [
  {
    title: 'a text that was written anew before anything was known of its history',
    base: '<u2-1>\n<browser-2>\n',
    theirs: '<u2-1>\n<browser-2>\n',
    disk: '<u1-5>\n',
    inserted: '<u2-19>\n',
    expected: ['<u1-5>', '<u2-19>'],
  },
  {
    title: 'a text that others had changed too',
    base: 'first draft here\nsecond line of it\nand a third that stays\n',
    theirs: 'first draft here\nsecond line of it\nand a third that stays\nand more\n',
    disk: 'first dry line of it\nand a third that stays\n',
    inserted: '<u2-19>\n',
    expected: ['first', 'dry', 'line', 'of', 'it', '<u2-19>', 'and', 'more'],
  },
])
  test(`${title} has no torn words when what others typed at the same time comes`, () => {
    const others = new Y.Doc()
    others.getText(textRootName).insert(0, theirs)
    const update = Y.encodeStateAsUpdate(others)
    const begun = beginText({
      fileName: 'notes.md',
      base: Buffer.from(base),
      disk: Buffer.from(disk),
      answer: { update, content: '1.1' },
      clientId: 7,
    })
    assert.ok(begun.kind === 'begun')
    others.getText(textRootName).insert(theirs.indexOf('\n') + 1, inserted)
    for (const pending of begun.memory.state.pending) Y.applyUpdate(others, pending)
    const words = others.getText(textRootName).toJSON().split(/\s+/)
    for (const word of expected) assert.ok(words.includes(word), `${word} of ${words.join(' ')}`)
  })

test('a file of CR LF in which a program has written lines with LF has but those changed', () => {
  const base = 'one\r\ntwo\r\nthree\r\n'
  const others = new Y.Doc()
  others.getText(textRootName).insert(0, 'ONE\ntwo\nthree\n')
  const begun = beginText({
    fileName: 'notes.md',
    base: Buffer.from(base),
    disk: Buffer.from('one\r\ntwo\r\nand a half\nthree\r\n'),
    answer: { update: Y.encodeStateAsUpdate(others), content: '1.1-crlf' },
    clientId: 7,
  })
  assert.ok(begun.kind === 'begun')
  for (const pending of begun.memory.state.pending) Y.applyUpdate(others, pending)
  assert.equal(others.getText(textRootName).toJSON(), 'ONE\ntwo\nand a half\nthree\n')
  assert.equal(begun.memory.state.format.lineEnding, 'crlf')
})
