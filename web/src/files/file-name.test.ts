import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { extensionOf, extensionStart } from './file-extension.ts'
import { describeNameFault } from './file-name.ts'

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

  test('tells what is wrong while a name is typed', () => {
    const none = () => false
    assert.equal(describeNameFault('notes.md', none), undefined)
    assert.match(describeNameFault('con.txt', none) ?? '', /reserved/)
    assert.equal(describeNameFault('  ', none), 'A name is needed')
    assert.match(describeNameFault('a/b', none) ?? '', /\//)
    assert.match(describeNameFault('a?', none) ?? '', /\?/)
    assert.match(describeNameFault('a.', none) ?? '', /dot/)
    assert.equal(
      describeNameFault('Notes.md', (name) => name === 'notes.md'),
      'The name is taken',
    )
  })
})
