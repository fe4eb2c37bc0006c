import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { hiddenCharacters, printable } from './hidden-characters.ts'

const nameSchema = printable(z.string())
const isPrintable = (name: string) => nameSchema.safeParse(name).success

test('what is not seen is no part of a name that people give', () => {
  const hidden = {
    'a right-to-left override': 'gpj.\u202Eexe',
    'an isolate': '\u2066Ada',
    'a mark of direction': 'Ada\u200F',
    'a mark of direction in Arabic': '\u061CAda',
    'a space of no width': 'A\u200Bda',
    'a word joiner': 'A\u2060da',
    'a byte order mark': 'A\uFEFFda',
    'a soft hyphen': 'A\u00ADda',
    'a joiner between Latin letters': 'A\u200Dda',
    'two of them': 'A\u200D\u200Cda',
    'a joiner and nothing else': '\u200D',
    'a variation of a Latin letter': 'A\uFE0Fda',
    'a Hangul filler': '\u3164',
    'Braille without a dot': '\u2800',
    'a hidden tag': 'Ada\u{E0041}',
    'a break of lines': 'Ada\u2028Bob',
    'a control character': 'Ada\u0007',
    'half a character': '\uD83D',
  }
  for (const [what, name] of Object.entries(hidden)) assert.ok(!isPrintable(name), what)
})

test('what scripts and emoji need is', () => {
  for (const name of [
    'Ælfgifu',
    '山田 太郎',
    '葛\u{E0100}城',
    'محمد',
    'می\u200Cخواهم',
    'ක්\u200Dෂ',
    '👩\u200D🚀',
    '❤\uFE0F\u200D🔥',
    '1\uFE0F\u20E3',
    'עברית (English)',
    'ᠠᠨ\u180Bᠠ',
    'O\u2019Neill – 2nd',
  ])
    assert.ok(isPrintable(name), name)
})

test('each hidden character of a text is found', () => {
  assert.equal('a\u202Eb\u200Bc'.replaceAll(hiddenCharacters, '?'), 'a?b?c')
  assert.equal('\u200Da\u200D\u200Db'.replaceAll(hiddenCharacters, '?'), '?a??b')
})
