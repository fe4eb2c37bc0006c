const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** A bar of `width` columns, full at 1. */
export function progressBar(fraction: number, width: number): string {
  const share = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0
  const filled = Math.floor(share * width * eighths.length)
  const whole = Math.floor(filled / eighths.length)
  const part = eighths[filled % eighths.length] ?? ''
  return ('█'.repeat(whole) + part).padEnd(width, '░')
}
