import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'

const root = join(import.meta.dirname, '../..')

/** The requirements of the OWASP ASVS 5.0.0 that are of levels 1 and 2. */
const required = JSON.parse(
  readFileSync(join(import.meta.dirname, 'asvs-requirements.json'), 'utf8'),
) as Readonly<Record<'1' | '2', readonly string[]>>

const statuses = ['tested', 'by design', 'not applicable', 'operator', 'missing'] as const

interface Row {
  readonly id: string
  readonly level: string
  readonly what: string
  readonly status: string
  readonly held: string
}

/** The rows of the tables of docs/asvs.md. */
function readRows(): Row[] {
  const text = readFileSync(join(root, 'docs/asvs.md'), 'utf8')
  return text.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const [, id = '', level = '', what = '', status = '', held = ''] = cells
    return /^V\d+\.\d+\.\d+$/.test(id) ? [{ id, level, what, status, held }] : []
  })
}

/** The tests that a row names: `path` “title”, of which several may follow one path. */
function testsOf({ held }: Row): { path: string; title: string }[] {
  let path = ''
  return [...held.matchAll(/`([^`]+\.test\.ts)`|“([^”]+)”/g)].flatMap(([, file, title]) => {
    if (file !== undefined) path = file
    return title === undefined ? [] : [{ path, title }]
  })
}

const titles = new Map<string, ReadonlySet<string>>()

/** The titles of the tests and suites in a file; `…` stands for what is put into one. */
function titlesIn(path: string): ReadonlySet<string> {
  const known = titles.get(path)
  if (known) return known
  const source = readFileSync(join(root, path), 'utf8')
  const calls = source.matchAll(/\b(?:test|suite)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g)
  const found = new Set(
    [...calls].map(([, , title = '']) =>
      title.replaceAll(/\$\{[^}]*\}/g, '…').replaceAll(/\\(.)/g, '$1'),
    ),
  )
  titles.set(path, found)
  return found
}

suite('the map of the OWASP ASVS to what holds it', () => {
  const rows = readRows()

  test('has each requirement of levels 1 and 2 once, and no other', () => {
    assert.equal(required['1'].length, 70)
    assert.equal(required['2'].length, 183)
    const expected = (['1', '2'] as const).flatMap((level) =>
      required[level].map((id) => `${id} ${level}`),
    )
    const found = rows.map(({ id, level }) => `${id} ${level}`)
    assert.deepEqual(found.toSorted(), expected.toSorted())
  })

  test('says of each what it asks, and how it stands', () => {
    for (const { id, what, status, held } of rows) {
      assert.ok(what.length > 10, id)
      assert.ok(
        statuses.some((known) => known === status),
        `${id}: ${status}`,
      )
      assert.ok(held.length > 10, id)
    }
  })

  test('names only tests that there are, and at least one where it says so', () => {
    const faults: string[] = []
    for (const row of rows) {
      const named = testsOf(row)
      if (row.status === 'tested' && named.length === 0) faults.push(`${row.id} names no test`)
      for (const { path, title } of named)
        if (!existsSync(join(root, path))) faults.push(`${row.id}: there is no ${path}`)
        else if (!titlesIn(path).has(title)) faults.push(`${row.id}: ${path} has no “${title}”`)
    }
    assert.deepEqual(faults, [])
  })

  test('names only files that there are', () => {
    for (const page of ['docs/asvs.md', 'docs/security.md']) {
      const text = readFileSync(join(root, page), 'utf8')
      const named = [
        ...text.matchAll(/`((?:docs|server|web|e2e|deploy|storage|scripts|crdt)\/[^`*…]+)`/g),
      ]
      for (const [, path = ''] of named)
        assert.ok(existsSync(join(root, path)), `${page} names ${path}`)
    }
  })

  test('counts what it says it counts', () => {
    const text = readFileSync(join(root, 'docs/asvs.md'), 'utf8')
    for (const status of statuses) {
      const count = rows.filter((row) => row.status === status).length
      assert.match(text, new RegExp(`^\\| ${status} \\| ${count} \\|`, 'm'), `${status}: ${count}`)
    }
  })
})
