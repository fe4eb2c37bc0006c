const dayMs = 24 * 60 * 60 * 1000

/** How long something stays in the trash, in words. */
export function describeDaysLeft(purgesAt: string, now: number): string {
  const days = Math.ceil((Date.parse(purgesAt) - now) / dayMs)
  if (days <= 0) return 'deleted soon'
  return days === 1 ? '1 day left' : `${days} days left`
}
