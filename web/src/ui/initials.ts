const segmenter = new Intl.Segmenter()

/** At most two letters for an avatar: of the first and the last word of a name. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u)
  const picked = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return picked.map((word) => firstCharacter(word ?? '').toLocaleUpperCase()).join('') || '?'
}

/** As a person sees it: an accent or an emoji stays whole. */
function firstCharacter(word: string): string {
  for (const { segment } of segmenter.segment(word)) return segment
  return ''
}
