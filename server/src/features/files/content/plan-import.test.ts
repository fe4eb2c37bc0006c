import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { applyToString, decodeText, encodeText, type DecodedText } from '@cloudsync/crdt'
import { planImport, type ImportInput } from './plan-import.ts'
import { encodedSize } from './text-format.ts'

const decode = (content: string) => decodeText(Buffer.from(content)) as DecodedText

/** The bytes that a file has after an import, from the bytes that everybody has. */
function importInto(files: { base?: string; current: string; incoming: string; name?: string }) {
  const base = files.base === undefined ? undefined : decode(files.base).text
  const current = decode(files.current)
  const input: ImportInput = {
    name: files.name ?? 'a.md',
    base,
    current: current.text,
    format: current.format,
    incoming: decode(files.incoming),
  }
  const plan = planImport(input)
  if (plan.kind === 'conflict') return 'conflict'
  assert.equal(applyToString(current.text, plan.changes), plan.text)
  const result = Buffer.from(encodeText(plan.text, plan.format)).toString()
  return { result, overlaps: plan.overlaps.length, changesUnseen: plan.changesUnseen }
}

suite('an import', () => {
  test('replaces what nobody knows the base of, and says that this may hide words', () => {
    assert.deepEqual(importInto({ current: 'old\n', incoming: 'new\n' }), {
      result: 'new\n',
      overlaps: 0,
      changesUnseen: true,
    })
    assert.equal(importedUnseen({ current: '', incoming: 'new\n' }), false)
    assert.equal(importedUnseen({ current: 'same\n', incoming: 'same\n' }), false)
  })

  test('changes only what its sender changed', () => {
    const base = 'one\ntwo\nthree\n'
    assert.deepEqual(
      importInto({ base, current: 'ONE\ntwo\nthree\n', incoming: 'one\ntwo\nTHREE\n' }),
      {
        result: 'ONE\ntwo\nTHREE\n',
        overlaps: 0,
        changesUnseen: false,
      },
    )
  })

  test('changes nothing when its sender changed nothing', () => {
    const outcome = importInto({ base: 'one\n', current: 'one\ntwo\n', incoming: 'one\n' })
    assert.deepEqual(outcome, { result: 'one\ntwo\n', overlaps: 0, changesUnseen: false })
  })

  test('keeps the words of both where both changed one line, and points there', () => {
    const outcome = importInto({
      base: 'a\nthe cat sat\nb\n',
      current: 'a\nthe dog sat\nb\n',
      incoming: 'a\nthe bird sat\nb\n',
    })
    assert.notEqual(outcome, 'conflict')
    if (outcome === 'conflict') return
    assert.match(outcome.result, /dog/)
    assert.match(outcome.result, /bird/)
    assert.deepEqual([outcome.overlaps, outcome.changesUnseen], [1, true])
  })

  test('takes over line ends and byte order mark of the incoming file, keeping the words of others', () => {
    const base = 'one\ntwo\nthree\n'
    const current = 'ONE\ntwo\nthree\n'
    assert.deepEqual(importInto({ base, current, incoming: '\ufeffone\r\ntwo\r\nTHREE\r\n' }), {
      result: '\ufeffONE\r\ntwo\r\nTHREE\r\n',
      overlaps: 0,
      changesUnseen: false,
    })
    const crlf = { base: 'one\r\ntwo\r\nthree\r\n', current: 'ONE\r\ntwo\r\nthree\r\n' }
    assert.equal(importedResult({ ...crlf, incoming: 'one\ntwo\nTHREE\n' }), 'ONE\ntwo\nTHREE\n')
  })

  test('of a file with some other line ends leaves the lines of others alone', () => {
    const base = 'one\r\ntwo\r\nthree\r\n'
    const current = 'ONE\r\ntwo\r\nthree\r\n'
    assert.deepEqual(importInto({ base, current, incoming: 'one\r\ntwo\r\nthree\r\nfour\n' }), {
      result: 'ONE\r\ntwo\r\nthree\r\nfour\n',
      overlaps: 0,
      changesUnseen: false,
    })
    const mixed = 'one\r\ntwo\nthree\r\n'
    assert.equal(
      importedResult({
        base: mixed,
        current: `${mixed}four\n`,
        incoming: 'one\r\ntwo\r\nTHREE\r\n',
      }),
      'one\r\ntwo\r\nTHREE\r\nfour\r\n',
    )
  })

  test('of a file without a line end keeps how lines end', () => {
    const format = { bom: true, lineEnding: 'crlf' } as const
    const input = { name: 'a.md', base: undefined, current: 'one\ntwo\n', format }
    for (const [incoming, lineEnding] of [
      ['one', 'crlf'],
      ['one\ntwo', 'verbatim'],
    ] as const) {
      const plan = planImport({ ...input, incoming: decode(incoming) })
      assert.deepEqual(plan.kind === 'edit' && plan.format, { bom: false, lineEnding })
    }
  })

  test('goes to a person when it would break what programs read', () => {
    const base = '{\n  "a": 1\n}\n'
    const files = { base, current: '{\n  "a": 2\n}\n', incoming: '{\n  "a": 3\n}\n' }
    assert.equal(importInto({ ...files, name: 'a.json' }), 'conflict')
    assert.notEqual(importInto({ ...files, name: 'a.md' }), 'conflict')
  })

  function importedResult(files: Parameters<typeof importInto>[0]) {
    const outcome = importInto(files)
    return outcome === 'conflict' ? outcome : outcome.result
  }
  function importedUnseen(files: Parameters<typeof importInto>[0]) {
    const outcome = importInto(files)
    return outcome === 'conflict' ? outcome : outcome.changesUnseen
  }
})

test('the size of a text is that of its bytes', () => {
  for (const text of ['', 'a', 'a\nb\n', 'a\r\nb\n', '\n', '\r', '\r\r\n\n', '👩‍👩‍👧\né\n'])
    for (const bom of [false, true])
      for (const lineEnding of ['verbatim', 'crlf'] as const) {
        const format = { bom, lineEnding }
        assert.equal(
          encodedSize(text, format),
          encodeText(text, format).length,
          JSON.stringify({ text, format }),
        )
      }
})
