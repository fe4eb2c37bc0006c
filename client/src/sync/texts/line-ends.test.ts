import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { applyToString, decodeText, encodeText, type TextFormat } from '@cloudsync/crdt'
import { Random } from '@cloudsync/crdt/testing'
import { changesFromDisk, nextFormat } from './line-ends.ts'

const pieces = [
  'a',
  'word ',
  'x',
  '\n',
  '\r\n',
  '\r\n',
  '\r',
  '\n\n',
  'ü',
  '😀',
  '\ufeff',
  'end',
] as const

function randomText(random: Random, endings: readonly string[]): string {
  const usable = pieces.filter((piece) => !/[\r\n]/.test(piece) || endings.includes(piece))
  return Array.from({ length: random.below(20) }, () => random.pick(usable)).join('')
}

function decoded(text: string) {
  const found = decodeText(Buffer.from(text))
  assert.ok(found.kind === 'text')
  return found
}

const endingsOf = [['\n', '\n\n'], ['\r\n'], ['\n', '\r\n', '\r'], []] as const
const withLf = (bytes: Uint8Array) => Buffer.from(bytes).toString().replaceAll('\r\n', '\n')

suite('a file with any line ends', () => {
  test('gives its own words and line ends back, whatever it was before', () => {
    for (let seed = 1; seed <= 4000; seed++) {
      const random = new Random(seed)
      // As other people may have typed it: line ends of all kinds.
      const before = randomText(random, ['\n', '\r\n', '\r'])
      const format: TextFormat = {
        bom: random.chance(0.3),
        lineEnding: random.pick(['crlf', 'verbatim']),
      }
      const disk = randomText(random, random.pick(endingsOf))
      const found = decoded(disk)
      const next = nextFormat(format, found)
      const after = applyToString(before, changesFromDisk(before, found.text, next))
      const bytes = encodeText(after, next)
      assert.equal(withLf(bytes), withLf(Buffer.from(disk)), `seed ${seed}`)
      const isMixed = next.lineEnding === 'crlf' && found.format.lineEnding === 'verbatim'
      if (!isMixed) assert.deepEqual(Buffer.from(bytes), Buffer.from(disk), `seed ${seed}`)
      const again = decoded(Buffer.from(bytes).toString())
      const settled = nextFormat(next, again)
      assert.deepEqual(changesFromDisk(after, again.text, settled), [], `seed ${seed}`)
    }
  })

  test('is changed nowhere but where it was changed', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const random = new Random(seed)
      // A byte order mark at its start would be one of the file.
      const before = `a${randomText(random, ['\n', '\r\n', '\r'])}`
      const format: TextFormat = { bom: false, lineEnding: 'crlf' }
      const shown = Buffer.from(encodeText(before, format)).toString()
      const at = random.below(shown.length + 1)
      const place = /[\udc00-\udfff\n]/.test(shown.charAt(at)) ? at - 1 : at
      const disk = `${shown.slice(0, Math.max(0, place))}typed${shown.slice(Math.max(0, place))}`
      const found = decoded(disk)
      const changes = changesFromDisk(before, found.text, nextFormat(format, found))
      if (nextFormat(format, found).lineEnding !== 'crlf') continue
      // A word that was typed into is written anew, and nothing around it.
      const [first, last] = [changes[0], changes.at(-1)]
      assert.ok(first && last && last.to - first.from <= 'word'.length, `seed ${seed}`)
    }
  })
})
