import { z } from 'zod'

/** Neither PostgreSQL (NUL) nor a screen has a use for controls, halves of characters and bidi overrides. */
const printableForm = /^[^\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]*$/u

/** Part of a name or of an e-mail address, to find something by in a list. */
export function searchText(maxLength = 254) {
  return z.string().trim().max(maxLength).regex(printableForm).optional()
}
