/** How long after a letter the next one still belongs to the same word. */
const pauseMs = 600

export interface TypeAhead {
  readonly typed: string
  readonly at: number
}

export const noTypeAhead: TypeAhead = { typed: '', at: 0 }

export function typeLetter(state: TypeAhead, letter: string, now: number): TypeAhead {
  const isContinued = now - state.at <= pauseMs
  return { typed: (isContinued ? state.typed : '') + letter.toLowerCase(), at: now }
}

/**
 * The row to go to: the next whose name begins with what was typed. One letter, also pressed again and
 * again, goes on from the row after the focus; a longer word may stay on it.
 */
export function findTyped(
  names: readonly string[],
  focusIndex: number,
  { typed }: TypeAhead,
): number | undefined {
  const first = typed[0]
  if (first === undefined) return undefined
  const isRepeated = typed === first.repeat(typed.length)
  const word = isRepeated ? first : typed
  const start = isRepeated ? focusIndex + 1 : Math.max(0, focusIndex)
  for (let step = 0; step < names.length; step++) {
    const index = (start + step) % names.length
    if (names[index]?.toLowerCase().startsWith(word) === true) return index
  }
  return undefined
}
