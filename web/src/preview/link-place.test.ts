import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { placeOf, showTarget } from './link-place.ts'

suite('the place that a symbolic link leads to', () => {
  test('is found from the folder that the link lies in', () => {
    const inside = (target: string, ...folders: string[]) => {
      const place = placeOf(target, folders)
      return place.kind === 'inside' ? place.names.join('/') : place.kind
    }
    assert.equal(inside('docs/guide.md'), 'docs/guide.md')
    assert.equal(inside('guide.md', 'docs', 'new'), 'docs/new/guide.md')
    assert.equal(inside('../guide.md', 'docs', 'new'), 'docs/guide.md')
    assert.equal(inside('./a//b/./c/', 'docs'), 'docs/a/b/c')
    assert.equal(inside('a/../../b', 'docs'), 'b')
    assert.equal(inside('..', 'docs'), '')
    assert.equal(inside('.'), '')
  })

  test('is outside when it is absolute, or higher than the space, also when it comes down again', () => {
    for (const [target, ...folders] of [
      ['/etc/passwd'],
      ['/'],
      ['..'],
      ['../../etc/passwd', 'docs'],
      ['a/../../docs/guide.md'],
    ] as [string, ...string[]][])
      assert.equal(placeOf(target, folders).kind, 'outside', target)
  })

  test('may be named by any text, which is no address and no markup', () => {
    for (const target of ['javascript:alert(1)', '<b>', 'C:\\Windows', '%2e%2e%2fetc'])
      assert.deepEqual(placeOf(target, []), { kind: 'inside', names: [target] })
  })
})

test('a target is shown with its line breaks and all else that is not seen', () => {
  assert.equal(showTarget('a\nb\u001B[31m\u202Egpj.exe'), 'a[U+000A]b[U+001B][31m[U+202E]gpj.exe')
})
