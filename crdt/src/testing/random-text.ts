import type { Random } from './random.ts'

const pieces = [
  'a', 'b', 'the', 'word', 'x1', ' ', '  ', '\t', '\n', '\n\n', '\r\n', '\r', '.', ', ', '{', '}\n', '"',
  '😀', '😁', '👨‍👩‍👧', '🇩🇪', 'é', 'e\u0301', '漢', '字', 'ß', '\ufeff', 'line one\n', '  indented line\n',
] // prettier-ignore

export function randomText(random: Random, maxPieces = 40): string {
  return Array.from({ length: random.below(maxPieces) }, () => random.pick(pieces)).join('')
}

/** A place in a text that parts no surrogate pair. */
function randomPlace(random: Random, text: string): number {
  const place = random.below(text.length + 1)
  const code = text.charCodeAt(place)
  return code >= 0xdc00 && code <= 0xdfff ? place - 1 : place
}

/**
 * What somebody makes of a text by a few edits: typing, deleting, replacing, moving lines, changing blanks.
 * `word` gives what is typed.
 */
export function editRandomly(random: Random, text: string, word: () => string): string {
  let edited = text
  for (let edits = 1 + random.below(5); edits > 0; edits -= 1)
    edited = editOnce(random, edited, word)
  return edited
}

function editOnce(random: Random, text: string, word: () => string): string {
  const places = [randomPlace(random, text), randomPlace(random, text)].toSorted((a, b) => a - b)
  const [from = 0, to = 0] = places
  const typed = random.pick([
    word,
    () => `${word()} ${word()}`,
    () => `${word()}\n`,
    () => `\n${word()}`,
    () => ` ${word()} `,
  ])
  switch (random.below(7)) {
    case 0:
      return text.slice(0, from) + text.slice(to)
    case 1:
      return text.slice(0, from) + typed() + text.slice(to)
    case 2:
      return text.replaceAll(/^ */gm, ' '.repeat(random.below(4)))
    case 3:
      return text.split('\n').toReversed().join('\n')
    case 4:
      return random.chance(0.2) ? text.toUpperCase() : text + typed()
    default:
      return text.slice(0, from) + typed() + text.slice(from)
  }
}
