/** How much of the editor a text can bear. Lengths are in UTF-16 units. */
export interface EditorPolicy {
  /** Colours by language; the parser's cost grows with the text, the view's does not. */
  readonly highlight: boolean
  readonly wrap: boolean
  readonly spellcheck: boolean
  /** Why something is off, for the person to know. */
  readonly notice: 'none' | 'large' | 'longLines'
}

const spellcheckUpTo = 512 * 1024
const highlightUpTo = 2 * 1024 * 1024
const lineUpTo = 10_000

export function decidePolicy(text: string): EditorPolicy {
  const isLarge = text.length > highlightUpTo
  const hasLongLines = longestLine(text) > lineUpTo
  return {
    highlight: !isLarge && !hasLongLines,
    wrap: !hasLongLines,
    spellcheck: text.length <= spellcheckUpTo && !hasLongLines,
    notice: hasLongLines ? 'longLines' : isLarge ? 'large' : 'none',
  }
}

function longestLine(text: string): number {
  let longest = 0
  let start = 0
  while (start <= text.length) {
    const end = text.indexOf('\n', start)
    const stop = end < 0 ? text.length : end
    longest = Math.max(longest, stop - start)
    start = stop + 1
  }
  return longest
}
