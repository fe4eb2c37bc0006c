import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { textKindOf } from './file-language.ts'
import { decidePolicy } from './size-policy.ts'

const lines = (length: number) => `${'x'.repeat(79)}\n`.repeat(Math.ceil(length / 80))

suite('what the editor does with large texts', () => {
  test('an ordinary text has everything', () => {
    assert.deepEqual(decidePolicy(lines(1000)), {
      highlight: true,
      wrap: true,
      spellcheck: true,
      notice: 'none',
    })
  })

  test('spelling is not checked above 512 kB, colours are off above 2 MB', () => {
    assert.equal(decidePolicy(lines(600 * 1024)).spellcheck, false)
    assert.equal(decidePolicy(lines(600 * 1024)).highlight, true)
    const large = decidePolicy(lines(3 * 1024 * 1024))
    assert.equal(large.highlight, false)
    assert.equal(large.notice, 'large')
  })

  test('one very long line turns wrapping off', () => {
    const long = decidePolicy(`short\n${'x'.repeat(10_001)}`)
    assert.deepEqual([long.wrap, long.highlight, long.notice], [false, false, 'longLines'])
    assert.equal(decidePolicy('').wrap, true)
  })
})

suite('how a text is set', () => {
  test('words and code are told apart by name', () => {
    assert.equal(textKindOf('README.md'), 'markdown')
    assert.equal(textKindOf('notes.txt'), 'prose')
    assert.equal(textKindOf('LICENSE'), 'prose')
    assert.equal(textKindOf('app.ts'), 'code')
  })
})
