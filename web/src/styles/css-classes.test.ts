import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

// The compiler sees the classes of a CSS module as any string; this looks the names up.
test('every class that a component takes from its style sheet is there, and none is left over', () => {
  const root = join(import.meta.dirname, '..')
  const used = new Map<string, Set<string>>()
  for (const file of globSync('**/*.tsx', { cwd: root })) {
    const source = readFileSync(join(root, file), 'utf8')
    const sheet = /import styles from '(.+\.module\.css)'/.exec(source)?.[1]
    if (sheet === undefined) continue
    const path = join(root, dirname(file), sheet)
    const names = used.get(path) ?? new Set()
    for (const [, name] of source.matchAll(/styles\.(\w+)/g)) names.add(name as string)
    if (source.includes('styles[variant]')) {
      for (const name of ['primary', 'secondary', 'quiet', 'danger']) names.add(name)
    }
    used.set(path, names)
  }
  for (const [path, names] of used) {
    const sheet = readFileSync(path, 'utf8').replaceAll(/\/\*[^]*?\*\//g, '')
    const selectors = sheet.replaceAll(/\{[^{}]*\}/g, '{}').replaceAll(/:global\([^)]*\)/g, '')
    const declared = new Set([...selectors.matchAll(/\.([a-zA-Z][\w]*)/g)].map(([, name]) => name))
    assert.deepEqual([...declared].toSorted(), [...names].toSorted(), path)
  }
})
