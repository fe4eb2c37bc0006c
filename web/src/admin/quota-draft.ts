const units = { MB: 1e6, GB: 1e9, TB: 1e12 } as const
export type QuotaUnit = keyof typeof units
export const quotaUnits: readonly QuotaUnit[] = ['MB', 'GB', 'TB']

/** What stands in the form: an amount as it is typed, and its unit. */
export interface QuotaDraft {
  readonly isLimited: boolean
  readonly amount: string
  readonly unit: QuotaUnit
}

/** In the largest unit of which it is at least one, with no more than three places behind the point. */
export function draftOfQuota(quotaBytes: number | null): QuotaDraft {
  if (quotaBytes === null) return { isLimited: false, amount: '10', unit: 'GB' }
  const unit =
    quotaUnits.findLast(
      (one) => quotaBytes >= units[one] && (quotaBytes * 1000) % units[one] === 0,
    ) ?? 'MB'
  return { isLimited: true, amount: String(quotaBytes / units[unit]), unit }
}

/** In bytes, `null` for no limit, `undefined` for what is no amount. */
export function readQuota({ isLimited, amount, unit }: QuotaDraft): number | null | undefined {
  if (!isLimited) return null
  const text = amount.trim().replace(',', '.')
  if (!/^\d+(?:\.\d+)?$/.test(text)) return undefined
  const bytes = Math.round(Number(text) * units[unit])
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
