import { utf8Length } from './utf8-length.ts'

/**
 * What a name may be, and when two names are the same.
 *
 * A name is kept exactly as it was given. What must be unique among the live children of a folder is
 * its key, `casefold(NFC(name))`, so that a folder can be copied to any file system without loss.
 */

/** Why a name is refused. */
export type NameFault =
  | 'empty'
  | 'too_long'
  | 'ill_formed'
  | 'separator'
  | 'control_character'
  | 'reserved_character'
  | 'reserved_name'
  | 'trailing_dot_or_space'

/** In UTF-8, as ext4, APFS and XFS count; NTFS allows 255 UTF-16 units, which are never more. */
export const maxNameBytes = 255

/** For people. */
export const nameFaultDetails: Readonly<Record<NameFault, string>> = {
  empty: 'A name must not be empty',
  too_long: `A name may have ${maxNameBytes} bytes in UTF-8`,
  ill_formed: 'A name must be well-formed Unicode',
  separator: 'A name must not contain / or \\',
  control_character: 'A name must not contain control characters',
  reserved_character: 'A name must not contain any of < > : " | ? *, which Windows cannot hold',
  reserved_name: 'The name is reserved',
  trailing_dot_or_space: 'A name must not end in a dot or a space, which Windows cannot hold',
}

const controlCharacter = /\p{Cc}/u
const reservedCharacter = /[<>:"|?*]/
/**
 * Device names of Windows, which are taken with any extension too ("Naming Files, Paths, and
 * Namespaces", Microsoft Learn).
 */
export const deviceName = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9¹²³])(?= *(?:\.|$))/i

/** Why `name` cannot be used, or `undefined` when it can. */
export function findNameFault(name: string): NameFault | undefined {
  if (name === '') return 'empty'
  if (!name.isWellFormed()) return 'ill_formed'
  // To count the bytes takes a while, and no unit of UTF-16 takes more than three.
  if (3 * name.length > maxNameBytes && utf8Length(name) > maxNameBytes) return 'too_long'
  if (/[/\\]/.test(name)) return 'separator'
  if (controlCharacter.test(name)) return 'control_character'
  if (reservedCharacter.test(name)) return 'reserved_character'
  if (name === '.' || name === '..' || deviceName.test(name)) return 'reserved_name'
  if (/[. ]$/.test(name)) return 'trailing_dot_or_space'
  return undefined
}

/** In ASCII the key is the lower case; most names are. */
const isAscii = /^[\0-\x7f]*$/

/**
 * The key under which a name is unique in its folder: two names are the same when they differ only in
 * case or in how Unicode composes their characters.
 *
 * JavaScript has no case folding. Lower, upper and lower again equals the full folding of Unicode
 * (`ß` = `ẞ` = `ss`, `ς` = `σ`, `İ` = `i̇`) but for the dotless `ı`, which has no other case and which
 * the way over the upper case would make an `i`; it is kept apart.
 */
export function nameKey(name: string): string {
  if (isAscii.test(name)) return name.toLowerCase()
  return name
    .normalize('NFC')
    .split('ı')
    .map((part) => part.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ'))
    .join('ı')
    .normalize('NFC')
}
