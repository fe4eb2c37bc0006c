import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { IgnoreRules } from './ignore-rules.ts'

const { builtIn } = IgnoreRules

test('leaves out what programs and systems leave in folders', () => {
  const files = [
    '~$letter.docx',
    '.~lock.sheet.ods#',
    '.notes.txt.swp',
    '.DS_Store',
    'film.mkv.part',
    'Thumbs.db',
    'notes.txt~',
    '#notes.txt#',
    '.#notes.txt',
    'desktop.ini',
  ]
  for (const name of files) {
    assert.ok(builtIn.ignores([name], 'file'), name)
    assert.ok(builtIn.ignores(['deep', 'down', name], 'file'), name)
  }
  for (const name of ['.git', '.cloudsync']) assert.ok(builtIn.ignores(['x', name], 'folder'), name)
  for (const name of [
    'letter.docx',
    'part',
    '.gitignore',
    '.env',
    'swp',
    'a#b',
    '.cloudsyncignore',
  ])
    assert.ok(!builtIn.ignores([name], 'file'), name)
})

test('reads rules as git does', () => {
  const rules = builtIn.within(
    [],
    '# comment\n\n/top\nbuild/\n*.log\n!keep.log\ndocs/**/draft\nA b \n\\!odd\n',
  )
  const ignored: [string, 'file' | 'folder'][] = [
    ['top', 'file'],
    ['x/build', 'folder'],
    ['x/y.log', 'file'],
    ['docs/a/b/draft', 'file'],
    ['docs/draft', 'file'],
    ['A b', 'file'],
    ['!odd', 'file'],
  ]
  for (const [path, kind] of ignored) assert.ok(rules.ignores(path.split('/'), kind), path)
  const taken: [string, 'file' | 'folder'][] = [
    ['x/top', 'file'],
    ['build', 'file'],
    ['keep.log', 'file'],
    ['draft', 'file'],
    ['a b', 'file'],
    ['Y.LOG', 'file'],
  ]
  for (const [path, kind] of taken) assert.ok(!rules.ignores(path.split('/'), kind), path)
})

test('asks the rules nearest to the file first, and the built-in ones last', () => {
  const top = builtIn.within([], '*.log\n!.git/\n')
  const deep = top.within(['a', 'b'], '!*.log\n/only-here\n')
  assert.ok(!deep.ignores(['a', 'b', 'x.log'], 'file'))
  assert.ok(!deep.ignores(['a', 'b', 'c', 'x.log'], 'file'))
  assert.ok(top.ignores(['a', 'x.log'], 'file'))
  assert.ok(deep.ignores(['a', 'b', 'only-here'], 'file'))
  assert.ok(!deep.ignores(['a', 'b', 'c', 'only-here'], 'file'))
  assert.ok(!deep.ignores(['a', 'b', '.git'], 'folder'))
  assert.ok(deep.ignores(['a', 'b', '~$x'], 'file'))
})

test('takes hostile names and hostile rules as they come', () => {
  const rules = builtIn.within([], '\uFEFF*.tmp\r\n[\n(((\n**/**/**/x\n\\\n/\n' + '*'.repeat(500))
  for (const name of ['..x', '...', 'line\nbreak', 'back\\slash', ' ', '[', '😀', 'n'.repeat(255)])
    assert.equal(typeof rules.ignores([name], 'file'), 'boolean')
  assert.ok(builtIn.within([], '\uFEFF*.tmp\r\n').ignores(['x.tmp'], 'file'))
})

test('keeps nothing of the paths that it was asked for', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const heapBytes = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const ask = (count: number, folder: string) => {
    for (let file = 0; file < count; file++) builtIn.ignores([folder, `file-${file}`], 'file')
  }
  ask(5_000, 'first')
  const before = heapBytes()
  ask(100_000, 'then')
  assert.ok(heapBytes() - before < 3_000_000, `${heapBytes() - before} bytes more`)
})
