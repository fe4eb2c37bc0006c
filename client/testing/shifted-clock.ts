/** Loaded by `--import`: the process believes that it is `CLOCK_SHIFT_MS` later than it is. */
const shiftMs = Number(process.env['CLOCK_SHIFT_MS'])
const trueNow = Date.now

globalThis.Date = class extends Date {
  constructor(...parts: [] | [number | string | Date]) {
    if (parts.length === 0) super(trueNow() + shiftMs)
    else super(...parts)
  }

  static override now(): number {
    return trueNow() + shiftMs
  }
} as DateConstructor
