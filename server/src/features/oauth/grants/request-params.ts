/** The words of a parameter of an app's request, which spaces part: `scope`, `prompt`. */
export function wordsOf(value: unknown): string[] {
  return typeof value === 'string' ? value.split(' ') : []
}

/** The values of one that may be given several times: `resource` (RFC 8707 §2). */
export function valuesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value as string[]
  return typeof value === 'string' ? [value] : []
}
