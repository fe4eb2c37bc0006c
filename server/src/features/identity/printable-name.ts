import { displayNameSchema } from '@cloudsync/protocol'

/** Neither PostgreSQL (NUL) nor a screen has a use for controls, halves of characters and bidi overrides. */
const printable = /^[^\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]*$/u

export const printableNameSchema = displayNameSchema.regex(
  printable,
  'Control characters cannot be used',
)
