import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { diffLines } from '@cloudsync/crdt'
import { planImport, type ImportInput } from './plan-import.ts'
import { TextComparer } from './text-comparer.ts'

suite('comparing texts', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`)
  const base = lines.join('')
  const verbatim = { bom: false, lineEnding: 'verbatim' } as const
  const input: ImportInput = {
    name: 'a.md',
    base,
    current: base.replace('line 7\n', 'line seven\n'),
    format: verbatim,
    incoming: { kind: 'text', text: base.replace('line 9000\n', ''), format: verbatim },
  }

  test('gives for long texts what it gives for short ones', async () => {
    await using comparer = new TextComparer()
    assert.equal(comparer.isShort(input), false)
    assert.deepEqual(await comparer.plan(input), planImport(input))
    assert.deepEqual(await comparer.diffLines(base, input.current), diffLines(base, input.current))
    const short: ImportInput = {
      ...input,
      base: 'a',
      current: 'a',
      incoming: { ...input.incoming, text: 'b' },
    }
    assert.deepEqual(await comparer.plan(short), planImport(short))
  })

  test('leaves the event loop free while long texts are compared', async () => {
    await using comparer = new TextComparer()
    await comparer.plan(input)
    let turns = 0
    const timer = setInterval(() => (turns += 1), 1)
    await comparer.diffLines(base.repeat(4), input.current.repeat(4))
    clearInterval(timer)
    assert.ok(turns > 1)
  })

  test('fails what is under way when it is closed', async () => {
    const comparer = new TextComparer()
    const plan = comparer.plan(input)
    await Promise.all([assert.rejects(plan, /has ended/), comparer[Symbol.asyncDispose]()])
  })
})
