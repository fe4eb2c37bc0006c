/** What stands in the way of one item, in words, with the code by which it can be looked up. */
export function describeProblem(code: string, detail: string): string {
  const text = detail.startsWith(`${code}: `) ? detail.slice(code.length + 2) : detail
  return text === '' ? code : `${text} (${code})`
}
