const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 })
const fine = new Intl.NumberFormat(undefined, {
  maximumFractionDigits: 1,
  minimumFractionDigits: 1,
})

/** Bytes in decimal units, as file managers and disks count: `1.2 MB`. */
export function formatSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const number = unit === 0 || value >= 99.95 ? whole.format(value) : fine.format(value)
  return `${number} ${units[unit]}`
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })
const thisYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const otherYear = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
})
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** As people say it: `now`, `5 min. ago`, `today`'s clock, then the date. */
export function formatTime(iso: string, now: number): string {
  const time = new Date(iso)
  const age = now - time.getTime()
  if (age < minuteMs) return 'just now'
  if (age < hourMs) return relative.format(-Math.floor(age / minuteMs), 'minute')
  if (age < dayMs && time.getDate() === new Date(now).getDate()) return clock.format(time)
  if (age < 7 * dayMs) return relative.format(-Math.max(1, Math.floor(age / dayMs)), 'day')
  const isThisYear = time.getFullYear() === new Date(now).getFullYear()
  return (isThisYear ? thisYear : otherYear).format(time)
}

export function formatExactTime(iso: string): string {
  return exact.format(new Date(iso))
}
