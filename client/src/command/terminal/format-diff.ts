import type { LineDiff } from '@cloudsync/crdt'
import { printable, type Style } from './style.ts'

/** As `diff -u` shows it: lines with what went and what came. */
export function formatDiff({ hunks, added, removed }: LineDiff, style: Style): string[] {
  const lines = [style.dim(`theirs → mine: ${added} lines added, ${removed} removed`)]
  for (const hunk of hunks) {
    const first = hunk.lines[0]
    lines.push(style.cyan(`@@ line ${first?.newLine ?? first?.oldLine ?? 1} @@`))
    for (const { kind, spans } of hunk.lines) {
      const text = printable(
        spans
          .map((span) => span.text)
          .join('')
          .replace(/\r?\n$/, ''),
      )
      if (kind === 'added') lines.push(style.green(`+${text}`))
      else if (kind === 'removed') lines.push(style.red(`-${text}`))
      else lines.push(` ${text}`)
    }
  }
  return lines
}
