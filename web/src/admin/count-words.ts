const whole = new Intl.NumberFormat()

/** `1 person`, `12 people`. */
export function countWords(count: number, one: string, many: string): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`
}
