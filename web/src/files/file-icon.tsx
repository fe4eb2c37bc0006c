import type { FileMode, NodeKind } from '@cloudsync/protocol'
import { extensionOf } from './file-extension.ts'
import styles from './file-icon.module.css'

/** What the glyph on the sheet shows, by extension; the colour of a type lives here and nowhere else. */
const glyphs: Readonly<Record<string, 'text' | 'markdown' | 'code' | 'data'>> = {
  md: 'markdown',
  markdown: 'markdown',
  mdx: 'markdown',
  json: 'data',
  yaml: 'data',
  yml: 'data',
  toml: 'data',
  csv: 'data',
  tsv: 'data',
  xml: 'data',
  ini: 'data',
  sql: 'data',
  ts: 'code',
  tsx: 'code',
  js: 'code',
  jsx: 'code',
  mjs: 'code',
  css: 'code',
  html: 'code',
  py: 'code',
  rs: 'code',
  go: 'code',
  java: 'code',
  c: 'code',
  h: 'code',
  cpp: 'code',
  rb: 'code',
  php: 'code',
  sh: 'code',
  kt: 'code',
  swift: 'code',
}

interface FileIconProps {
  readonly name: string
  readonly kind: NodeKind
  readonly mode?: FileMode | null
}

export function FileIcon({ name, kind, mode }: FileIconProps) {
  if (kind === 'folder') {
    return (
      <svg className={styles.icon} data-glyph="folder" viewBox="0 0 16 16" aria-hidden>
        <path d="M1.5 4A1.5 1.5 0 0 1 3 2.5h3L7.5 4H13A1.5 1.5 0 0 1 14.5 5.5v6A1.5 1.5 0 0 1 13 13H3a1.5 1.5 0 0 1-1.5-1.5z" />
      </svg>
    )
  }
  const glyph =
    mode === 'symlink'
      ? 'link'
      : (glyphs[extensionOf(name)] ?? (mode === 'executable' ? 'code' : 'text'))
  return (
    <svg className={styles.icon} data-glyph={glyph} viewBox="0 0 16 16" aria-hidden>
      <path d="M3 2.5A1 1 0 0 1 4 1.5h5.5L13 5v8.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z" />
      <path d="M9.5 1.5V5H13" />
      <path d={marks[glyph]} />
    </svg>
  )
}

const marks = {
  text: 'M5.5 8h5M5.5 10h5M5.5 12h3',
  markdown: 'M5.5 12V8.5l2 2 2-2V12M5.5 12',
  code: 'M6.5 8.5L5 10.2l1.5 1.7M9.5 8.5l1.5 1.7-1.5 1.7',
  link: 'M5.5 12c0-2 1-3 3.5-3M7.5 7.3L9.3 9 7.5 10.7',
  data: 'M5.5 8.5h5v3.5h-5zM8 8.5V12M5.5 10.2h5',
} as const
