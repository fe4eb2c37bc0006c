import { UsageError } from '../command-error.ts'

const unitsMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** `90s`, `10m`, `2h` or `1d`, in milliseconds. */
export function parseDuration(name: string, text: string): number {
  const match = /^(\d{1,6})([smhd])$/.exec(text.trim())
  const unitMs = unitsMs[match?.[2] ?? '']
  if (!match || unitMs === undefined)
    throw new UsageError(`${name} takes a time such as 10m, 2h or 1d, not “${text}”`)
  return Number(match[1]) * unitMs
}
