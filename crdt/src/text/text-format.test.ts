import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../testing/fuzz.ts'
import {
  decodeText,
  encodeText,
  importTextLimits,
  openTextLimits,
  type TextFormat,
} from './text-format.ts'

const utf8 = new TextEncoder()
const bom = '\ufeff'
const verbatim: TextFormat = { bom: false, lineEnding: 'verbatim' }
const crlf: TextFormat = { bom: false, lineEnding: 'crlf' }

function decoded(file: string) {
  const result = decodeText(utf8.encode(file))
  if (result.kind === 'blob') assert.fail(result.reason)
  return { text: result.text, format: result.format }
}

function reasonOf(bytes: Uint8Array, limits = importTextLimits): string {
  const result = decodeText(bytes, limits)
  return result.kind === 'blob' ? result.reason : result.kind
}

test('[TF1] takes UTF-8 without NUL and nothing else', () => {
  assert.equal(reasonOf(utf8.encode('Grüße, 世界 😀\n')), 'text')
  assert.equal(reasonOf(new Uint8Array()), 'text')
  assert.equal(reasonOf(utf8.encode('a\u0000b')), 'binary')
  assert.equal(reasonOf(new Uint8Array([0x61, 0xe9, 0x0a])), 'not_utf8')
  assert.equal(reasonOf(new Uint8Array([0xed, 0xa0, 0x80])), 'not_utf8')
  assert.equal(reasonOf(new Uint8Array([0xff, 0xfe, 0x61, 0x00])), 'binary')
})

test('[TF2] takes at most 2 MiB in lines of at most 10,000 units, and of an open text more', () => {
  const line = 'x'.repeat(10_000)
  assert.equal(reasonOf(utf8.encode(`${line}\n${line}\r\n${line}`.replace('\r', ''))), 'text')
  assert.equal(reasonOf(utf8.encode(`a\n${line}x\n`)), 'line_too_long')
  assert.equal(reasonOf(utf8.encode(`a\n${line}x`)), 'line_too_long')
  assert.equal(reasonOf(utf8.encode(`${line}\r${line}`)), 'line_too_long')
  assert.equal(reasonOf(utf8.encode('a\n'.repeat(2 ** 20))), 'text')
  assert.equal(reasonOf(utf8.encode(`${'a\n'.repeat(2 ** 20)}b`)), 'too_large')
  assert.equal(reasonOf(utf8.encode(`${line}x${'\na'.repeat(2 ** 20)}`), openTextLimits), 'text')
})

test('[TF3] makes a byte order mark and uniform CRLF flags of a text with LF', () => {
  assert.deepEqual(decoded('a\r\nb\r\n'), { text: 'a\nb\n', format: crlf })
  assert.deepEqual(decoded('a\r\nb'), { text: 'a\nb', format: crlf })
  assert.deepEqual(decoded('\r\n'), { text: '\n', format: crlf })
  assert.deepEqual(decoded(`${bom}a\n`), {
    text: 'a\n',
    format: { bom: true, lineEnding: 'verbatim' },
  })
  assert.deepEqual(decoded(`${bom}${bom}\r\n`), {
    text: `${bom}\n`,
    format: { bom: true, lineEnding: 'crlf' },
  })
})

test('[TF4] keeps mixed line ends, lone CR and the final line as they are', () => {
  for (const file of [
    'a\nb',
    'a\n',
    'a',
    '',
    'a\r\nb\n',
    'a\nb\r\n',
    'a\rb',
    'a\r\nb\rc\r\n',
    '\r',
    'a\r\r\n',
    '\n\r',
  ])
    assert.deepEqual(decoded(file), { text: file, format: verbatim })
})

test('[TF5] gives back every byte of what it takes', () => {
  const parts = [
    'a',
    'ä',
    '世',
    '😀',
    '\n',
    '\r\n',
    '\r\n',
    '\r',
    bom,
    ' ',
    '\u2028',
    '\ufffd',
    '\u0001',
  ]
  fuzz({ runs: 20_000, seed: 600 }, (random) => {
    const isUniform = random.chance(0.5)
    const file = Array.from({ length: random.below(30) }, () => {
      const part = random.pick(parts)
      return isUniform && (part === '\n' || part === '\r') ? '\r\n' : part
    }).join('')
    const bytes = utf8.encode(file)
    const result = decodeText(bytes)
    assert.ok(result.kind === 'text')
    assert.deepEqual(encodeText(result.text, result.format), bytes)
  })
})

test('[TF5] gives back every random byte sequence that it takes', () => {
  const likely = [0x61, 0x0a, 0x0d, 0xef, 0xbb, 0xbf, 0xc3, 0xa4, 0x80, 0xed]
  let taken = 0
  fuzz({ runs: 20_000, seed: 700 }, (random) => {
    const bytes = Uint8Array.from({ length: random.below(8) }, () => random.pick(likely))
    const result = decodeText(bytes)
    if (result.kind === 'blob') return
    taken += 1
    assert.deepEqual(encodeText(result.text, result.format), bytes)
  })
  assert.ok(taken > 1_000)
})

test('[TF6] a CR that a client types into a CRLF document changes no other line end', () => {
  const file = (text: string) => new TextDecoder().decode(encodeText(text, crlf))
  assert.equal(file('a\nb\n'), 'a\r\nb\r\n')
  assert.equal(file('a\r\nb\n'), 'a\r\nb\r\n')
  assert.equal(file('a\rb\n'), 'a\rb\r\n')
  assert.equal(file('a\r\r\nb\n\r'), 'a\r\r\nb\r\n\r')
})

test('[TF7] refuses to write half a surrogate pair', () => {
  assert.throws(() => encodeText('a\ud83d', verbatim), RangeError)
})
