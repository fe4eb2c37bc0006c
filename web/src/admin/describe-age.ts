import { countWords } from './count-words.ts'

const dayMs = 24 * 3_600_000

/** `made today`, `12 days old`. */
export function describeAge(createdAt: string, now: number): string {
  const days = Math.floor((now - Date.parse(createdAt)) / dayMs)
  return days < 1 ? 'made today' : `${countWords(days, 'day', 'days')} old`
}
