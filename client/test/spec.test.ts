import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

const workspace = join(import.meta.dirname, '..')

test('every rule of SPEC.md is in the title of a test, and every cited rule is in SPEC.md', async () => {
  const spec = await readFile(join(workspace, 'SPEC.md'), 'utf8')
  const rules = [...spec.matchAll(/^- \*\*\[([A-Z]+\d+)\]\*\*/gm)].map(([, rule]) => rule)
  assert.equal(new Set(rules).size, rules.length, 'each number is used once')
  const cited = new Set<string | undefined>()
  for await (const file of glob('{src,test}/**/*.test.ts', { cwd: workspace })) {
    const source = await readFile(join(workspace, file), 'utf8')
    for (const [, title] of source.matchAll(/\btest\(\s*(['"`][^\n]*)/g))
      for (const [, rule] of (title ?? '').matchAll(/\[([A-Z]+\d+)\]/g)) cited.add(rule)
  }
  assert.deepEqual(cited, new Set<string | undefined>(rules))
})
