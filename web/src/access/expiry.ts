const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

export function formatDay(iso: string): string {
  return day.format(new Date(iso))
}

/** As `<input type="date">` has it, by this device's clock. */
export function dayOf(time: Date): string {
  const part = (value: number) => String(value).padStart(2, '0')
  return `${time.getFullYear()}-${part(time.getMonth() + 1)}-${part(time.getDate())}`
}

/** The last moment of a day; `null` for none, or for what is no day. */
export function endOfDay(value: string): string | null {
  const end = new Date(`${value}T23:59:59`)
  return value === '' || Number.isNaN(end.getTime()) ? null : end.toISOString()
}

/** The end for a grant that is given anew: one that is past would be refused. */
export function endAhead(expiresAt: string | null, now: number): string | null {
  return isOver(expiresAt, now) ? null : expiresAt
}

export function isOver(expiresAt: string | null, now: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now
}
