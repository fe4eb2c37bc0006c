import { lineStart } from './line-places.ts'
import type { Cluster } from './merge-clusters.ts'
import { isWithinWord } from './tokens.ts'
import { isJoint, withoutCommonWords } from './word-units.ts'

/**
 * One text of two versions of a stretch, with the words of both: ours first, and what both begin and end
 * with once. A version that is empty gives way: an edit wins over a deletion.
 */
export function keepBoth(
  base: string,
  { from, to }: Cluster,
  ours: string,
  theirs: string,
): string {
  if (ours === '' || theirs === '') return ours + theirs
  const isLines =
    lineStart(base, from) === from && (to === base.length || lineStart(base, to) === to)
  if (isLines && (from < to || to === base.length))
    return containing(ours, theirs) ?? joinLines(ours, theirs)
  if (ours.includes('\n') || theirs.includes('\n'))
    return containing(ours, theirs) ?? joinWords(ours, theirs)
  const middle = withoutCommonWords(ours, theirs, {
    aFrom: 0,
    aTo: ours.length,
    bFrom: 0,
    bTo: theirs.length,
  })
  const oursAlone = ours.slice(middle.aFrom, middle.aTo)
  const theirsAlone = theirs.slice(middle.bFrom, middle.bTo)
  return ours.slice(0, middle.aFrom) + joinWords(oursAlone, theirsAlone) + ours.slice(middle.aTo)
}

/** The longer text when it begins or ends with the other, in whole words: one side has gone on typing. */
function containing(ours: string, theirs: string): string | undefined {
  const [short, long] = ours.length < theirs.length ? [ours, theirs] : [theirs, ours]
  const isStart = long.startsWith(short) && !isJoint(long, short.length)
  const isEnd = long.endsWith(short) && !isJoint(long, long.length - short.length)
  return isStart || isEnd ? long : undefined
}

function joinLines(first: string, second: string): string {
  if (first.endsWith('\n') || second.startsWith('\n') || second.startsWith('\r\n'))
    return first + second
  return first + (first.includes('\r\n') || second.includes('\r\n') ? '\r\n' : '\n') + second
}

/** With a space where the last word of one would run into the first word of the other. */
function joinWords(first: string, second: string): string {
  return first + (isWithinWord(first + second, first.length) ? ' ' : '') + second
}
