/**
 * `Content-Disposition` of a download (RFC 6266): the exact name in `filename*` (RFC 8187), and for
 * old clients an ASCII one that cannot break out of its quotes.
 */
export function attachment(name: string): string {
  const ascii = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeExtendedValue(name)}`
}

/** Percent-encodes all but the `attr-char` of RFC 8187 §3.2.1. */
function encodeExtendedValue(value: string): string {
  return encodeURIComponent(value).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
