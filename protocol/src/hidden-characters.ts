import type { z } from 'zod'

/**
 * Characters that are not seen, and can make a name look like another: they turn the direction of what stands beside
 * them, so that one that ends in `gpj.exe` seems to end in `exe.jpg`, break lines, or show nothing at all. What joins
 * letters and picks forms of signs (U+200C, U+200D, variation selectors) is needed in many scripts and in emoji; at the
 * start, and after spaces and Latin, Greek and Cyrillic letters, it does nothing.
 */
export const hiddenCharacters =
  /(?![\u{E0100}-\u{E01EF}\uFE00-\uFE0F\u180B-\u180F\u200C\u200D])[\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]|(?<=^|[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\s\u200C\u200D])[\u{E0100}-\u{E01EF}\uFE00-\uFE0F\u180B-\u180F\u200C\u200D]/gu

/** What neither a database (NUL) nor a screen has a use for, in the words of OpenAPI; the rest is `hiddenCharacters`. */
export const printableForm = /^[^\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]*$/u

/** Of what people call themselves and what they make: it looks like what it is. */
export function printable(name: z.ZodString): z.ZodString {
  return name
    .regex(printableForm, { error: 'Control characters cannot be used', abort: true })
    .refine(
      (text) => text.search(hiddenCharacters) < 0,
      'Characters that are not seen cannot be used',
    )
}
