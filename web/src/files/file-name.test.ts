import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  comparableName,
  extensionOf,
  extensionStart,
  findNameFault,
  freeName,
} from './file-name.ts'

suite('file names', () => {
  test('the part before the extension is what is renamed', () => {
    const base = (name: string) => name.slice(0, extensionStart(name))
    assert.equal(base('notes.md'), 'notes')
    assert.equal(base('archive.tar.gz'), 'archive.tar')
    assert.equal(base('.gitignore'), '.gitignore')
    assert.equal(base('README'), 'README')
    assert.equal(base('odd.'), 'odd.')
  })

  test('an extension is told without regard to case', () => {
    assert.equal(extensionOf('A.MD'), 'md')
    assert.equal(extensionOf('Makefile'), '')
  })

  test('a taken name gets the next number, and one that has a number goes on from it', () => {
    const taken = new Set(['a.md', 'a (2).md', 'b (7).txt'])
    const isTaken = (name: string) => taken.has(name)
    assert.equal(freeName('c.md', isTaken), 'c.md')
    assert.equal(freeName('a.md', isTaken), 'a (3).md')
    assert.equal(freeName('b (7).txt', isTaken), 'b (8).txt')
  })

  test('names that differ in case or composition are the same', () => {
    assert.equal(comparableName('Straße.MD'), comparableName('straße.md'))
    assert.equal(comparableName('e\u0301.md'), comparableName('\u00e9.md'))
  })

  test('tells what is plainly wrong while a name is typed', () => {
    const none = () => false
    assert.equal(findNameFault('notes.md', none), undefined)
    assert.equal(findNameFault('  ', none), 'A name is needed')
    assert.match(findNameFault('a/b', none) ?? '', /\//)
    assert.match(findNameFault('a?', none) ?? '', /\?/)
    assert.match(findNameFault('a.', none) ?? '', /dot/)
    assert.equal(
      findNameFault('Notes.md', (name) => name === 'notes.md'),
      'The name is taken',
    )
  })
})
