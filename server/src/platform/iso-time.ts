const DAY_MS = 24 * 60 * 60 * 1000
const TIME_LENGTH = 'hh:mm:ss.mmmZ'.length

const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))
const threeDigits = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'))

/** The day that was written last; most times of a page are of the same few. */
let lastDay = { number: Number.NaN, text: '' }

/**
 * The same text as `toISOString`, which throws for an invalid date as well. In a page of 1,000 nodes that
 * one, and the writing of the strings that it gives as JSON, take longer than all the rest together.
 */
export function isoTime(date: Date): string {
  const time = date.getTime()
  const day = Math.floor(time / DAY_MS)
  if (day !== lastDay.number)
    lastDay = { number: day, text: date.toISOString().slice(0, -TIME_LENGTH) }
  const milliseconds = time - day * DAY_MS
  const seconds = Math.floor(milliseconds / 1000)
  const minutes = Math.floor(seconds / 60)
  const hh = twoDigits[Math.floor(minutes / 60)]
  const mm = twoDigits[minutes % 60]
  const ss = twoDigits[seconds % 60]
  return `${lastDay.text}${hh}:${mm}:${ss}.${threeDigits[milliseconds % 1000]}Z`
}
