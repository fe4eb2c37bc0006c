const wordCount = 5_000

/** Gives sentences of made-up words, some of which are far more common than others. */
export function sayer(random: () => number): (words: number) => string {
  const letter = (of: string) => of[Math.floor(random() * of.length)] ?? ''
  const syllable = () => letter('bcdfghklmnprstvw') + letter('aeiou')
  const word = () => Array.from({ length: 2 + Math.floor(random() * 3) }, syllable).join('')
  const words = Array.from({ length: wordCount }, word)
  return (count) =>
    Array.from({ length: count }, () => words[Math.floor(random() ** 2 * wordCount)]).join(' ')
}
