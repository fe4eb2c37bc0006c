import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { derivedNames, freeName } from './free-name.ts'
import { findNameFault } from './node-name.ts'

suite('derived names', () => {
  const first = (name: string, count: number) => derivedNames(name).take(count).toArray()

  test('[NN3] count before the extension', () => {
    assert.deepEqual(first('notes.md', 3), ['notes (2).md', 'notes (3).md', 'notes (4).md'])
  })
  test('[NN3] go on counting from a derived name', () => {
    assert.deepEqual(first('notes (2).md', 2), ['notes (3).md', 'notes (4).md'])
  })
  test('[NN3] take a leading dot for part of the name', () => {
    assert.deepEqual(first('.gitignore', 1), ['.gitignore (2)'])
  })
  test('[NN3] stay within the length, and tear no character', () => {
    const family = '👩‍👩‍👧'
    const [name] = first(`${family.repeat(14)}.md`, 1)
    assert.equal(findNameFault(name as string), undefined)
    assert.equal(name, `${family.repeat(13)} (2).md`)
  })
  test('[NN3] are allowed names also for the longest ones', () => {
    for (const name of [
      'a'.repeat(255),
      `${'a'.repeat(200)}.${'b'.repeat(54)}`,
      `${'é '.repeat(85)}x`,
    ])
      assert.deepEqual(first(name, 3).map(findNameFault), [undefined, undefined, undefined])
  })
})

suite('a free name', () => {
  const taken = (names: Iterable<string>) => {
    const set = new Set(names)
    return (name: string) => set.has(name)
  }

  test('[NN4] is the name itself, or the first derived one that nobody has', () => {
    assert.equal(freeName('a.md', taken([])), 'a.md')
    assert.equal(freeName('a.md', taken(['a.md', 'a (2).md', 'a (4).md'])), 'a (3).md')
    assert.equal(freeName('b (7).txt', taken(['b (7).txt'])), 'b (8).txt')
  })

  test('[NN4] is the first also behind many in a row, without asking for each of them', () => {
    for (const count of [1, 19, 20, 21, 22, 39, 40, 41, 100, 10_000]) {
      const isTaken = taken(['a.md', ...derivedNames('a.md').take(count)])
      let asked = 0
      const found = freeName('a.md', (name) => {
        asked += 1
        return isTaken(name)
      })
      assert.equal(found, `a (${count + 2}).md`)
      assert.ok(asked < 60, `${asked} for ${count}`)
    }
  })

  test('[NN4] is a free one also where gaps lie behind the first', () => {
    const isTaken = taken([
      'a',
      ...[...derivedNames('a').take(500)].filter((_, at) => at % 7 !== 6),
    ])
    assert.ok(!isTaken(freeName('a', isTaken)))
    const far = taken([
      'a',
      ...[...derivedNames('a').take(500)].filter((_, at) => at < 20 || at % 7 !== 6),
    ])
    assert.ok(!far(freeName('a', far)))
  })
})
