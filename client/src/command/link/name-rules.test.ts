import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { nameRulesOf } from './name-rules.ts'

const ext4 = {
  isCaseInsensitive: false,
  isNormalizing: false,
  timeGranularityMs: 20,
  hasHardLinks: true,
  hasModes: true,
  hasSymlinks: true,
  hasStableInodes: true,
  maxNameBytes: 255,
}

suite('names on the disk of a linked folder', () => {
  test('are those of the server where the disk can hold them', () => {
    const { key, toDisk } = nameRulesOf(ext4)
    assert.equal(toDisk('ä'.repeat(127)), 'ä'.repeat(127))
    assert.notEqual(key('Foo'), key('foo'))
  })

  test('are the same where they differ in what the disk does not tell apart', () => {
    const { key } = nameRulesOf({ ...ext4, isCaseInsensitive: true })
    assert.equal(key('Stra\u00dfe.TXT'), key('STRASSE.txt'))
    const { key: composed } = nameRulesOf({ ...ext4, isNormalizing: true })
    assert.equal(composed('e\u0301'), composed('\u00e9'))
  })

  test('are cut where they are too long for it, with their ending, and differ as before', () => {
    const { toDisk } = nameRulesOf({ ...ext4, maxNameBytes: 143 })
    const long = `${'ä'.repeat(100)}.docx`
    const cut = toDisk(long)
    assert.ok(Buffer.byteLength(cut) <= 143)
    assert.match(cut, /^ä+~[0-9a-f]{8}\.docx$/)
    assert.equal(toDisk(long), cut)
    assert.notEqual(toDisk(`ä${long}`), cut)
    assert.ok(Buffer.byteLength(toDisk('x'.repeat(255))) <= 143)
  })
})
