import type { z } from 'zod'

/** For how many days all versions of a file stay, then one of each hour, then one of each day; then one of each week. */
export interface RetentionDays {
  readonly all: number
  readonly hourly: number
  readonly daily: number
}

export const defaultRetention: RetentionDays = { all: 1, hourly: 7, daily: 30 }

/** Three ages in days, such as `1,7,30`, or `all`: no version is ever removed by its age. */
export function parseRetention(setting: string, context: z.RefinementCtx): RetentionDays | 'all' {
  if (setting.trim().toLowerCase() === 'all') return 'all'
  const [all = NaN, hourly = NaN, daily = NaN, ...more] = setting.split(',').map(toDays)
  if (more.length === 0 && all <= hourly && hourly <= daily) return { all, hourly, daily }
  context.addIssue({
    code: 'custom',
    message: 'must be "all", or three ages in days that grow, such as 1,7,30',
  })
  return 'all'
}

function toDays(text: string): number {
  return /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : NaN
}
