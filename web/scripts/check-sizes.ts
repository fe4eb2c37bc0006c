import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

/**
 * Fails when what a page must load has outgrown its budget. Run it after `vite build`:
 * `node web/scripts/check-sizes.ts`. Sizes are gzip -9, in kB of 1,000 bytes.
 */
interface Chunk {
  readonly file: string
  readonly src?: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
}

const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8')) as Record<
  string,
  Chunk
>

const entry = 'index.html'
const list = 'src/files/file-list-page.tsx'
const editor = ['src/editor/file-page.tsx', 'src/editor/text-view.tsx']
const menus = 'src/ui/menu.tsx'

const entryFiles = scriptsOf(entry)
const budgets = [
  { what: 'entry', files: entryFiles, maxKb: 125 },
  {
    what: 'list route, before it can be used',
    files: union(entryFiles, scriptsOf(list)),
    maxKb: 150,
  },
  {
    what: 'editor route, beyond the entry',
    files: without(union(...editor.map((key) => scriptsOf(key))), entryFiles),
    maxKb: 165,
  },
  { what: 'menus, in the background', files: without(scriptsOf(menus), entryFiles), maxKb: 90 },
  {
    what: 'all style sheets',
    files: new Set(Object.values(manifest).flatMap((c) => c.css ?? [])),
    maxKb: 20,
  },
]

let isOver = false
for (const { what, files, maxKb } of budgets) {
  const kb = [...files].reduce((sum, file) => sum + gzipKb(file), 0)
  isOver ||= kb > maxKb
  process.stdout.write(`${kb > maxKb ? 'OVER' : 'ok  '} ${what}: ${kb.toFixed(1)} of ${maxKb} kB\n`)
}
process.exitCode = isOver ? 1 : 0

/** A chunk and everything that it imports before it runs. */
function scriptsOf(key: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`The build has no ${key}`)
  if (seen.has(chunk.file)) return seen
  seen.add(chunk.file)
  for (const imported of chunk.imports ?? []) scriptsOf(imported, seen)
  return seen
}

function union(...sets: readonly Set<string>[]): Set<string> {
  return new Set(sets.flatMap((set) => [...set]))
}

function without(files: ReadonlySet<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...files].filter((file) => !others.has(file)))
}

function gzipKb(file: string): number {
  return gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1000
}
