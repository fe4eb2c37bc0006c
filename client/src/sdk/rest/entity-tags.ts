/** As a header has it (RFC 9110 §8.8.3). */
export function quoteTag(tag: string): string {
  return `"${tag}"`
}

/** Without its quotes, and without the mark of a weak one, which a proxy that compresses adds. */
export function unquoteTag(header: string | null): string {
  return /^(?:W\/)?"(.*)"$/.exec(header ?? '')?.[1] ?? ''
}

/** `Content-Digest` (RFC 9530 §2) of a SHA-256 in hex. */
export function digestHeader(sha256: string): string {
  const bytes = sha256.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? []
  return `sha-256=:${btoa(String.fromCharCode(...bytes))}:`
}
