/** The end of a UUID: those that were made within a minute begin alike (RFC 9562, section 5.7). */
export function shortId(id: string): string {
  return id.slice(-8)
}

/** Whether somebody means it who has typed that: what `shortId` shows, the beginning, or all of it. */
export function isMeant(id: string, typed: string): boolean {
  const wanted = typed.toLowerCase()
  return wanted !== '' && (id.startsWith(wanted) || id.endsWith(wanted))
}
