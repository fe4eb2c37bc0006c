import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeText } from './merge-text.ts'
import { breaksStructure, structureOf } from './text-structure.ts'

test('[TS1] knows structured files by the ending of their name', () => {
  assert.equal(structureOf('package.json'), 'json')
  assert.equal(structureOf('CI.YML'), 'yaml')
  assert.equal(structureOf('a.b.yaml'), 'yaml')
  assert.equal(structureOf('Cargo.toml'), 'toml')
  assert.equal(structureOf('study.ipynb'), 'notebook')
  for (const name of ['notes.md', 'json', 'x.jsonl', 'x.json5', ''])
    assert.equal(structureOf(name), undefined)
})

const cell = '{"cell_type": "code", "source": ["1"]}'

const broken = [
  ['a.json', '{"a": 1}', '{"b": 2}', '{"a": 1}{"b": 2}'],
  ['a.json', '{"a": 1}', '{"a": 2}', '{"a": 1 2}'],
  ['a.json', '{"a": 1}', '{"a": 2}', '{"a": 1, "\\u0061": 2}'],
  ['a.json', '[]', '[1]', ''],
  ['a.yaml', 'a: 1\n', 'a: [1]\n', 'a: [1\n'],
  ['a.yml', 'a: 1\n', 'a: 2\n', 'a: 1\na: 2\n'],
  ['a.yml', 'x:\n  a: 1\n', 'x:\n  a: 2\n', 'x:\n  a: 1\n  a: 2\n'],
  ['a.toml', 'a = 1\n', 'a = 2\n', 'a = 1 2\n'],
  ['a.toml', 'a = 1\n', 'a = 2\n', 'a = 1\na = 2\n'],
  ['a.ipynb', `{"cells": [${cell}]}`, '{"cells": []}', `{"cells": ${cell}}`],
  ['a.ipynb', `{"cells": [${cell}]}`, '{"cells": []}', '{"cells": [{}]}'],
] as const

test('[TS2] tells when a merge made an unreadable file of two readable ones', () => {
  for (const [fileName, current, incoming, merged] of broken)
    assert.equal(breaksStructure({ fileName, current, incoming, merged }), true, merged)
})

const whole = [
  ['a.json', '{"a": 1}', '{"b": 2}', '{"a": 1, "b": {"a": 2}}'],
  ['a.json', '{"a": "}{\\""}', '[{"a": 1}, {"a": 2}]', '[{"a": "\\\\"}, {"a": "a"}, "a", "a"]'],
  ['a.yaml', 'a: 1\n', 'b: 2\n', '---\na: 1\n---\na: 2\nb: 2\n'],
  ['a.yaml', '', '# nothing\n', 'a: &x {b: 1}\nc: {<<: *x}\n'],
  ['a.toml', 'a = 1\n', 'b = 1\n', 'a = 1\nb = 1\n'],
  ['a.ipynb', '{"cells": []}', '{"cells": []}', `{"cells": [${cell}, ${cell}]}`],
  ['a.md', '{"a": 1}', '{"b": 2}', '{'],
] as const

test('[TS2] takes a merge that can be read', () => {
  for (const [fileName, current, incoming, merged] of whole)
    assert.equal(breaksStructure({ fileName, current, incoming, merged }), false, merged)
})

test('[TS3] a file that one side could not read before cannot be broken', () => {
  assert.equal(
    breaksStructure({ fileName: 'a.json', current: '{', incoming: '{}', merged: '{{' }),
    false,
  )
  const commented = '// a comment\n{"a": 1}'
  assert.equal(
    breaksStructure({
      fileName: 'tsconfig.json',
      current: commented,
      incoming: '{}',
      merged: `${commented},`,
    }),
    false,
  )
  assert.equal(
    breaksStructure({ fileName: 'a.json', current: '{"a":1,"a":1}', incoming: '{}', merged: '{' }),
    false,
  )
})

test('[TS3] neither deep nesting nor aliases that multiply stop the check', () => {
  const deep = '['.repeat(50_000)
  for (const fileName of ['a.json', 'a.yaml', 'a.toml', 'a.ipynb'])
    assert.equal(
      breaksStructure({ fileName, current: deep, incoming: `${deep} `, merged: `${deep}  ` }),
      false,
    )
  const lines = Array.from(
    { length: 20 },
    (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]\n`,
  )
  const bomb = `a0: &a0 x\n${lines.join('')}`
  assert.equal(
    breaksStructure({ fileName: 'a.yaml', current: 'a: 1', incoming: 'b: 1', merged: bomb }),
    false,
  )
})

function mergeOf(base: string, current: string, incoming: string) {
  const { text: merged } = mergeText({ base, current, incoming })
  return {
    merged,
    isBroken: breaksStructure({ fileName: 'package.json', current, incoming, merged }),
  }
}

test('[TS2] catches what two people do to one object, and only that', () => {
  const base = '{\n  "name": "x"\n}\n'
  const withVersion = (version: string) => `{\n  "name": "x",\n  "version": "${version}"\n}\n`
  const both = mergeOf(base, withVersion('1'), '{\n  "name": "x",\n  "license": "MIT"\n}\n')
  assert.deepEqual(JSON.parse(both.merged), { name: 'x', version: '1', license: 'MIT' })
  assert.equal(both.isBroken, false)
  // The line that one side changed stays, but the other has taken the comma before it.
  const versions = mergeOf(withVersion('1'), withVersion('2'), base)
  assert.equal(versions.isBroken, true)
})
