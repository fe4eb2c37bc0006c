import {
  breaksStructure,
  diffText,
  mergeText,
  type DecodedText,
  type MergedText,
  type TextChange,
  type TextFormat,
} from '@cloudsync/crdt'

export interface ImportInput {
  /** Of the file; tells what structure its text may have. */
  readonly name: string
  /** What the incoming text was made from; unset when nobody knows, and it replaces what is there. */
  readonly base: string | undefined
  readonly current: string
  readonly format: TextFormat
  readonly incoming: DecodedText
}

/** What an incoming file does to a live text. */
export type ImportPlan =
  /** Both sides parse and the merge does not: a person must decide. */
  { readonly kind: 'conflict' } | PlannedEdit

export interface PlannedEdit {
  readonly kind: 'edit'
  /** Against the current text. */
  readonly changes: readonly TextChange[]
  /** The text with the changes. */
  readonly text: string
  readonly format: TextFormat
  readonly overlaps: MergedText['overlaps']
  /** Words change that the sender had not seen. */
  readonly changesUnseen: boolean
}

/** Three-way import: brings what was done from base to incoming into the current text. */
export function planImport(input: ImportInput): ImportPlan {
  const { name, base, current, incoming } = input
  const format = mergedFormat(input)
  if (base === undefined) {
    const changes = diffText(current, incoming.text)
    const changesUnseen = current !== '' && changes.length > 0
    return { kind: 'edit', changes, text: incoming.text, format, overlaps: [], changesUnseen }
  }
  const align = lineEndAligner(input)
  const aligned = { base: align(base), current: align(current), incoming: incoming.text }
  const merged = mergeText(aligned)
  if (breaksStructure({ fileName: name, ...aligned, merged: merged.text }))
    return { kind: 'conflict' }
  const changes = aligned.current === current ? merged.changes : diffText(current, merged.text)
  const { text, overlaps } = merged
  return { kind: 'edit', changes, text, format, overlaps, changesUnseen: overlaps.length > 0 }
}

/** The incoming file tells how lines end; one without a line end tells nothing of it. */
function mergedFormat({ format, incoming }: ImportInput): TextFormat {
  const tellsLineEnding = /[\r\n]/.test(incoming.text)
  return {
    bom: incoming.format.bom,
    lineEnding: tellsLineEnding ? incoming.format.lineEnding : format.lineEnding,
  }
}

/**
 * Line ends are in the text or a flag beside it, whichever fits the file as a whole. When the incoming
 * file has them the other way, base and current are read its way, or every line would count as changed.
 */
function lineEndAligner({ format, incoming }: ImportInput): (text: string) => string {
  if (incoming.format.lineEnding === 'crlf') return (text) => text.replaceAll('\r\n', '\n')
  if (format.lineEnding === 'crlf' && incoming.text.includes('\r\n'))
    return (text) => text.replace(/\r?\n/g, '\r\n')
  return (text) => text
}
