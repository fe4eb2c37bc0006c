import { stripVTControlCharacters } from 'node:util'

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** How many columns of a terminal a text takes, colours aside. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text)))
    width += wide.test(segment) ? 2 : 1
  return width
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

const escape = '\u001b'
const paint = new RegExp(`${escape}\\[[0-9;]*m`, 'y')

/** As much of a line as fits, with all of its colours, so that none of them runs on into the next. */
export function fitLine(line: string, width: number): string {
  if (widthOf(line) <= width) return line
  if (width <= 1) return '…'
  let fitted = ''
  let left = width - 1
  for (let at = 0; at < line.length;) {
    paint.lastIndex = at
    const colour = paint.exec(line)?.[0]
    if (colour !== undefined) {
      fitted += colour
      at += colour.length
      continue
    }
    const next = line.indexOf(escape, at)
    const text = line.slice(at, next > at ? next : undefined)
    for (const { segment } of graphemes.segment(text)) {
      const taken = widthOf(segment)
      if (left === 0) continue
      if (taken > left) left = 0
      else fitted += segment
      left = Math.max(0, left - taken)
      if (left === 0) fitted += '…'
    }
    at += text.length
  }
  return fitted
}

/** The end of a path says most: `…/reports/summary.md`. For text without colours. */
export function fitPath(path: string, width: number): string {
  if (widthOf(path) <= width) return path
  const segments = [...graphemes.segment(path)].map(({ segment }) => segment)
  let taken = 1
  let from = segments.length
  while (from > 0) {
    const next = widthOf(segments[from - 1] ?? '')
    if (taken + next > width) break
    taken += next
    from--
  }
  return `…${segments.slice(from).join('')}`
}

/** Rows in columns; the last one is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : padEnd(cell, widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
