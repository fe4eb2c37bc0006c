import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { findNameFault, nameKey, type NameFault } from './node-name.ts'

suite('the rules of a name', () => {
  const refused: readonly (readonly [string, NameFault])[] = [
    ['', 'empty'],
    ['a'.repeat(256), 'too_long'],
    ['é'.repeat(128), 'too_long'],
    ['\u{1F600}'.repeat(64), 'too_long'],
    ['a/b', 'separator'],
    ['a\\b', 'separator'],
    ['a\0b', 'control_character'],
    ['a\nb', 'control_character'],
    ['a\x7fb', 'control_character'],
    ['a\x85b', 'control_character'],
    ['.', 'reserved_name'],
    ['..', 'reserved_name'],
    ['CON', 'reserved_name'],
    ['nul', 'reserved_name'],
    ['Nul.txt', 'reserved_name'],
    ['aux.tar.gz', 'reserved_name'],
    ['con .txt', 'reserved_name'],
    ['COM1', 'reserved_name'],
    ['com9.log', 'reserved_name'],
    ['LPT³', 'reserved_name'],
    ['CONIN$', 'reserved_name'],
    ['a<b', 'reserved_character'],
    ['a>b', 'reserved_character'],
    ['a:b', 'reserved_character'],
    ['"a"', 'reserved_character'],
    ['a|b', 'reserved_character'],
    ['what?', 'reserved_character'],
    ['*', 'reserved_character'],
    ['a.', 'trailing_dot_or_space'],
    ['...', 'trailing_dot_or_space'],
    ['a ', 'trailing_dot_or_space'],
    [' ', 'trailing_dot_or_space'],
    ['a\ud800', 'ill_formed'],
    ['\udc00a', 'ill_formed'],
  ]
  for (const [name, fault] of refused)
    test(`[NN1] refuse ${JSON.stringify(name.slice(0, 20))} as ${fault}`, () => {
      assert.equal(findNameFault(name), fault)
    })

  const allowed = [
    'a',
    '.gitignore',
    '..a',
    ' leading space.md',
    'a'.repeat(255),
    'é'.repeat(127),
    'Zoë’s notes – 2026.md',
    '日本語.txt',
    '👩‍👩‍👧 family.md',
    'console.log',
    'nullable.ts',
    'com0.txt',
    'com10.txt',
    '%2e%2e',
    "'; DROP TABLE nodes; --",
    '__proto__',
    'e\u0301.md',
    'photo\u202Egpj.exe',
    'in\u200Bvoices',
  ]
  for (const name of allowed)
    test(`[NN1] allow ${JSON.stringify(name.slice(0, 30))}`, () => {
      assert.equal(findNameFault(name), undefined)
    })
})

suite('the key of a name', () => {
  const same: readonly (readonly string[])[] = [
    ['README.md', 'readme.MD', 'ReadMe.md'],
    ['Straße', 'STRASSE', 'strasse', 'STRAẞE', 'ſtraße'],
    ['ΟΔΟΣ', 'οδος', 'οδοσ', 'Οδος'],
    ['İstanbul', 'i̇stanbul', 'İSTANBUL'],
    ['café', 'cafe\u0301', 'CAFÉ', 'CAFE\u0301'],
    ['\u212Bngström', 'Ångström', 'A\u030Angström'],
    ['\u212A', 'K', 'k'],
    ['µ', 'μ', 'Μ'],
    ['ﬁle', 'FILE', 'file'],
    ['ᾳ', 'ᾼ', 'ΑΙ', 'αι'],
    ['ꭰ', 'Ꭰ'],
    ['ÿ', 'Ÿ'],
    ['ǆ', 'ǅ', 'Ǆ'],
  ]
  for (const names of same)
    test(`[NN2] is one for ${names.join(' ')}`, () => {
      assert.equal(new Set(names.map(nameKey)).size, 1)
    })

  const different: readonly (readonly [string, string])[] = [
    ['a', 'b'],
    ['kapı', 'kapi'],
    ['a', 'á'],
    ['a.md', 'a .md'],
    ['①', '1'],
    ['ａ', 'a'],
  ]
  for (const [one, other] of different)
    test(`[NN2] is not one for ${one} and ${other}`, () => {
      assert.notEqual(nameKey(one), nameKey(other))
    })

  test('[NN2] is its own key, and that of the upper, lower and decomposed form, for every character', () => {
    for (let code = 0; code <= 0x10_ff_ff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue
      const character = String.fromCodePoint(code)
      const key = nameKey(character)
      const alike = [key, character.normalize('NFD'), character.toLowerCase()]
      if (character !== 'ı') alike.push(character.toUpperCase())
      if (alike.some((form) => nameKey(form) !== key)) assert.fail(`U+${code.toString(16)}`)
    }
  })
})
