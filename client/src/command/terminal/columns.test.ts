import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fitLine, fitPath, formatTable, widthOf } from './columns.ts'
import { progressBar } from './progress-bar.ts'
import { createStyle, printable, wantsColor } from './style.ts'

suite('lines of a terminal', () => {
  test('colours take no column, Chinese letters two, combined ones one', () => {
    assert.equal(widthOf(createStyle(true).red('abc')), 3)
    assert.equal(widthOf('漢字'), 4)
    assert.equal(widthOf('e\u0301'), 1)
  })

  test('a table stays in columns whatever is in its cells', () => {
    const { bold } = createStyle(true)
    const rows = formatTable([
      [bold('漢字'), 'x', 'last'],
      ['abcdef', 'yy', ''],
    ])
    assert.deepEqual(rows, [`${bold('漢字')}    x   last`, 'abcdef  yy'])
  })

  test('a path that is too long keeps its end', () => {
    assert.equal(fitPath('a/b/c.md', 20), 'a/b/c.md')
    assert.equal(fitPath('reports/2026/summary.md', 12), '…/summary.md')
    assert.equal(widthOf(fitPath('漢字漢字漢字', 6)), 5)
  })

  test('a bar is full only at the end, and never longer than it may be', () => {
    assert.equal(progressBar(0, 4), '░░░░')
    assert.equal(progressBar(0.5, 4), '██░░')
    assert.equal(progressBar(0.9999, 4).includes('░'), false)
    assert.notEqual(progressBar(0.9999, 4), '████')
    assert.equal(progressBar(2, 4), '████')
    assert.equal(progressBar(Number.NaN, 4), '░░░░')
  })

  test('names of others cannot move the cursor, colour, or turn the writing around', () => {
    assert.equal(printable('a\u001b[2Jb\r\nc\u202egpj'), 'ab\\u000d\\u000ac\\u202egpj')
  })

  test('nobody is coloured who does not want to be', () => {
    assert.equal(wantsColor({}, true), true)
    assert.equal(wantsColor({}, false), false)
    assert.equal(wantsColor({ NO_COLOR: '1' }, true), false)
    assert.equal(wantsColor({ NO_COLOR: '1', FORCE_COLOR: '1' }, true), false)
    assert.equal(wantsColor({ FORCE_COLOR: '1' }, false), true)
    assert.equal(wantsColor({ TERM: 'dumb' }, true), false)
  })
})

test('a line is cut where it does not fit, and its colours end', () => {
  const red = (text: string) => `\u001b[31m${text}\u001b[39m`
  assert.equal(fitLine(`a ${red('bcd')} e`, 7), `a ${red('bcd')} e`)
  assert.equal(fitLine(`a ${red('bcd')} e`, 5), `a ${red('bc…')}`)
  assert.equal(fitLine('漢字漢字', 6), '漢字…')
  assert.equal(widthOf(fitLine('漢字漢字', 6)), 5)
  assert.equal(fitLine('abc', 1), '…')
})
