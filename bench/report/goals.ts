import { formatNumber } from './markdown.ts'
import type { Goal } from './report.ts'

/** A goal that a figure must not go beyond, or, with `atLeast`, not stay below. */
export function checkGoal(options: {
  text: string
  measured: number
  limit: number
  unit: string
  digits: number
  atLeast?: boolean
}): Goal {
  const { text, measured, limit, unit, digits } = options
  return {
    text,
    measured: `${formatNumber(measured, digits)}${unit}`,
    isMet: options.atLeast === true ? measured >= limit : measured <= limit,
  }
}
