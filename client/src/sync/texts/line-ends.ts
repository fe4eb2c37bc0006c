import {
  decodeText,
  diffText,
  type DecodedText,
  type TextChange,
  type TextFormat,
} from '@cloudsync/crdt'

/**
 * How a file is written out after it was changed on the disk. A file whose lines all ended with CR LF and in which a
 * program has written some with LF stays one of CR LF: else every line of it would count as changed. One without a line
 * end tells nothing of them.
 */
export function nextFormat(format: TextFormat, disk: DecodedText): TextFormat {
  const { bom } = disk.format
  if (disk.format.lineEnding === 'crlf') return { bom, lineEnding: 'crlf' }
  // Of a CR before a CR LF nobody could tell it apart from the line end.
  const isMixed = disk.text.includes('\r\n') && !disk.text.includes('\r\r\n')
  const tellsNothing = !/[\r\n]/.test(disk.text)
  const keeps = format.lineEnding === 'crlf' && (isMixed || tellsNothing)
  return { bom, lineEnding: keeps ? 'crlf' : 'verbatim' }
}

/**
 * The changes of `base` (the text of a document) that make it what a file of that format says. Where CR LF is a flag
 * beside the text, a line end counts as the same however it is written on either side.
 */
export function changesFromDisk(
  base: string,
  diskText: string,
  { lineEnding }: TextFormat,
  diff: (before: string, after: string) => readonly TextChange[] = diffText,
): readonly TextChange[] {
  if (lineEnding === 'verbatim') return diff(base, diskText)
  const after = diskText.replaceAll('\r\n', '\n')
  if (!base.includes('\r\n')) return diff(base, after)
  const toBase = pairedOffsets(base)
  return diff(base.replaceAll('\r\n', '\n'), after).map(({ from, to, insert }) => ({
    from: toBase(from),
    to: toBase(to),
    insert,
  }))
}

/** From places in a text whose CR LF are LF to those in the text itself; to be asked in rising order. */
function pairedOffsets(text: string): (offset: number) => number {
  let pair = text.indexOf('\r\n')
  let passed = 0
  return (offset) => {
    while (pair >= 0 && pair - passed < offset) {
      passed += 1
      pair = text.indexOf('\r\n', pair + 2)
    }
    return offset + passed
  }
}

/** The format that bytes of a text show by themselves; `undefined` for what is no text. */
export function formatOfBytes(bytes: Uint8Array): TextFormat | undefined {
  const decoded = decodeText(bytes, { maxBytes: Infinity, maxLineLength: Infinity })
  return decoded.kind === 'text' ? decoded.format : undefined
}
