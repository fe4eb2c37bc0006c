import pg from 'pg'

const parseAny = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (
  text: string,
) => Date | number | null

/** `2026-11-26 01:02:03.123456+00`: the fraction has up to six digits, or is not there. */
const fractionAt = 20
const zone = '+00'
const minLength = fractionAt - 1 + zone.length
const zero = '0'.charCodeAt(0)

/**
 * A `timestamptz` as PostgreSQL writes it, to the millisecond. A page of a listing has thousands: one in
 * UTC takes a third of the driver's time. All else is the driver's: other zones and styles, infinity,
 * years before 100 and after 9999.
 */
export function parseTimestamp(text: string): Date | number | null {
  if (!isPlain(text)) return parseAny(text)
  return new Date(
    Date.UTC(
      readTwo(text, 0) * 100 + readTwo(text, 2),
      readTwo(text, 5) - 1,
      readTwo(text, 8),
      readTwo(text, 11),
      readTwo(text, 14),
      readTwo(text, 17),
      readMilliseconds(text),
    ),
  )
}

function isPlain(text: string): boolean {
  // `Date.UTC` takes years below 100 for those of the 20th century.
  const hasYear = text[4] === '-' && !text.startsWith('00')
  return hasYear && text.length >= minLength && text.endsWith(zone)
}

function readTwo(text: string, at: number): number {
  return (text.charCodeAt(at) - zero) * 10 + text.charCodeAt(at + 1) - zero
}

function readMilliseconds(text: string): number {
  const digits = text.slice(fractionAt, Math.min(fractionAt + 3, text.length - zone.length))
  return Number(digits) * 10 ** (3 - digits.length)
}
