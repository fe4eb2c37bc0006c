import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseByteRange } from './byte-range.ts'
import { attachment } from './content-disposition.ts'
import { matchesWeakly, parseEntityTags } from './http-preconditions.ts'
import { textMediaType } from './media-type.ts'
import { findTagPosition, textEtag } from './text-etag.ts'

suite('a byte range', () => {
  const cases: readonly (readonly [
    string | undefined,
    number,
    ReturnType<typeof parseByteRange>,
  ])[] = [
    [undefined, 10, 'whole'],
    ['bytes=0-3', 10, { first: 0, last: 3 }],
    ['bytes=0-0', 10, { first: 0, last: 0 }],
    ['bytes=4-', 10, { first: 4, last: 9 }],
    ['bytes=4-99', 10, { first: 4, last: 9 }],
    ['bytes=-3', 10, { first: 7, last: 9 }],
    ['bytes=-99', 10, { first: 0, last: 9 }],
    ['Bytes=1-2', 10, { first: 1, last: 2 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-1', 0, 'unsatisfiable'],
    ['bytes=3-1', 10, 'whole'],
    ['bytes=0-1,3-4', 10, 'whole'],
    ['bytes=-', 10, 'whole'],
    ['bytes=a-b', 10, 'whole'],
    ['lines=0-1', 10, 'whole'],
    ['bytes=0x1-2', 10, 'whole'],
  ]
  for (const [header, length, expected] of cases)
    test(`of ${header} in ${length} bytes`, () => {
      assert.deepEqual(parseByteRange(header, length), expected)
    })
})

suite('the name of a download', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['notes.md', `attachment; filename="notes.md"; filename*=UTF-8''notes.md`],
    ['Zoë’s.md', `attachment; filename="Zoe_s.md"; filename*=UTF-8''Zo%C3%AB%E2%80%99s.md`],
    ['a (2)*.txt', `attachment; filename="a (2)*.txt"; filename*=UTF-8''a%20%282%29%2A.txt`],
    ['100%.txt', `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
    [`"><img'.md`, `attachment; filename="_><img'.md"; filename*=UTF-8''%22%3E%3Cimg%27.md`],
    ['a\r\nb', `attachment; filename="a__b"; filename*=UTF-8''a%0D%0Ab`],
  ]
  for (const [name, header] of cases)
    test(JSON.stringify(name), () => {
      assert.equal(attachment(name), header)
    })
})

suite('entity tags', () => {
  test('are read from a list, strong and weak', () => {
    assert.deepEqual(parseEntityTags('"1.2", W/"1.3",""'), {
      kind: 'list',
      tags: [
        { value: '1.2', isWeak: false },
        { value: '1.3', isWeak: true },
        { value: '', isWeak: false },
      ],
    })
    assert.deepEqual(parseEntityTags(' * '), { kind: 'any' })
    assert.equal(parseEntityTags(undefined), undefined)
  })
  for (const header of ['', '1.2', '"1.2', '"a" "b"', '"a",', 'w/"a"', '*, "a"'])
    test(`refuse ${JSON.stringify(header)}`, () => {
      assert.throws(() => parseEntityTags(header), { code: 'bad_request' })
    })
  test('match weakly', () => {
    const tags = parseEntityTags('W/"1.2"')
    assert.ok(tags)
    assert.equal(matchesWeakly(tags, '1.2'), true)
    assert.equal(matchesWeakly(tags, '1.3'), false)
    assert.equal(matchesWeakly({ kind: 'any' }, '1.3'), true)
  })
  test('of a text tell its position and its format', () => {
    const position = { epoch: 1, seq: 42 }
    assert.equal(textEtag({ position, format: { bom: false, lineEnding: 'verbatim' } }), '1.42')
    const tag = textEtag({ position, format: { bom: true, lineEnding: 'crlf' } })
    assert.equal(tag, '1.42-bom-crlf')
    assert.deepEqual(findTagPosition(tag), position)
    assert.deepEqual(findTagPosition('1.42'), position)
    for (const other of ['', '1', '1.x', '-1.2', '1.2.3', '1.2-', '1e3.2', '1.9999999999999999'])
      assert.equal(findTagPosition(other), undefined, other)
  })
})

test('nothing that a browser would render is served as more than plain text', () => {
  assert.equal(textMediaType('notes.MD'), 'text/markdown')
  assert.equal(textMediaType('data.json'), 'application/json')
  for (const name of ['a.html', 'a.svg', 'a.xml', 'a.xhtml', 'a.js', 'a.css', 'a.pdf', 'a', 'a.'])
    assert.equal(textMediaType(name), 'text/plain', name)
})
