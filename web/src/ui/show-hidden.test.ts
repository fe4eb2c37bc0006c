import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showHidden } from './show-hidden.ts'

test('a name that would look as if it ended otherwise is shown with what makes it so', () => {
  assert.equal(showHidden('photo\u202Egpj.exe'), 'photo[U+202E]gpj.exe')
  assert.equal(showHidden('report\u2067fdp\u2069.exe'), 'report[U+2067]fdp[U+2069].exe')
  assert.equal(showHidden('note\u200Bs.md'), 'note[U+200B]s.md')
  assert.equal(showHidden('a\u{E0041}'), 'a[U+E0041]')
})

test('names of any script, and emoji, are shown as they are', () => {
  for (const name of ['תמונה.jpg', 'عکس‌ها.zip', '👩‍🚀.png', 'Zoë.md', '報告書.pdf'])
    assert.equal(showHidden(name), name)
})
