/**
 * What a name may be, and when two names are the same.
 *
 * A name is kept exactly as it was given. What must be unique among the live children of a folder is
 * its key, `casefold(NFC(name))`, so that a folder can be copied to any file system without loss.
 */

/** Why a name is refused. `detail` of the problem that tells the caller. */
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
const maxNameBytes = 255

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

const utf8 = new TextEncoder()
const controlCharacter = /\p{Cc}/u
const reservedCharacter = /[<>:"|?*]/
/**
 * Device names of Windows, which are taken with any extension too ("Naming Files, Paths, and
 * Namespaces", Microsoft Learn).
 */
const reservedName = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9¹²³]) *(?:\.|$)/i

/** Why `name` cannot be used, or `undefined` when it can. */
export function findNameFault(name: string): NameFault | undefined {
  if (name === '') return 'empty'
  if (!name.isWellFormed()) return 'ill_formed'
  if (byteLength(name) > maxNameBytes) return 'too_long'
  if (/[/\\]/.test(name)) return 'separator'
  if (controlCharacter.test(name)) return 'control_character'
  if (reservedCharacter.test(name)) return 'reserved_character'
  if (name === '.' || name === '..' || reservedName.test(name)) return 'reserved_name'
  if (/[. ]$/.test(name)) return 'trailing_dot_or_space'
  return undefined
}

/**
 * The key under which a name is unique in its folder: two names are the same when they differ only in
 * case or in how Unicode composes their characters.
 *
 * JavaScript has no case folding. Lower, upper and lower again equals the full folding of Unicode
 * (`ß` = `ẞ` = `ss`, `ς` = `σ`, `İ` = `i̇`) but for the dotless `ı`, which has no other case and which
 * the way over the upper case would make an `i`; it is kept apart.
 */
export function nameKey(name: string): string {
  return name
    .normalize('NFC')
    .split('ı')
    .map((part) => part.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ'))
    .join('ı')
    .normalize('NFC')
}

/** The names to try in turn when `name` is taken: `name (2).ext`, `name (3).ext`, … */
export function* derivedNames(name: string): Generator<string, never> {
  const { stem, count, extension } = splitName(name)
  for (let number = count + 1; ; number++) {
    const suffix = ` (${number})${extension}`
    yield shorten(stem, maxNameBytes - byteLength(suffix)) + suffix
  }
}

/** A name that is itself a derived one goes on counting. */
function splitName(name: string): { stem: string; count: number; extension: string } {
  // An extension longer than any real one belongs to the stem, which may be cut.
  const extension = /(?<=.)\.[^.\s]{1,32}$/u.exec(name)?.[0] ?? ''
  const bare = name.slice(0, name.length - extension.length)
  const derived = /^(.+) \(([1-9][0-9]{0,8})\)$/su.exec(bare)
  if (!derived) return { stem: bare, count: 1, extension }
  return { stem: derived[1] as string, count: Number(derived[2]), extension }
}

/** Cuts whole characters as people see them, so that no emoji or accent is torn. */
function shorten(stem: string, maxBytes: number): string {
  if (byteLength(stem) <= maxBytes) return stem
  let kept = ''
  let bytes = 0
  for (const { segment } of new Intl.Segmenter().segment(stem)) {
    bytes += byteLength(segment)
    if (bytes > maxBytes) break
    kept += segment
  }
  return kept.trimEnd()
}

function byteLength(text: string): number {
  return utf8.encode(text).length
}
