import type { Version } from '@cloudsync/protocol'

/** Why a version was kept, in words. */
export const reasonTexts: Readonly<Record<Version['reason'], string>> = {
  edit: 'After edits',
  named: 'Kept on purpose',
  before_restore: 'Before a restore',
  before_import: 'Before an upload',
  import: 'Uploaded',
  upload: 'Uploaded',
  conflict: 'The other side of a conflict',
}

/** Who made it: everybody who typed, or the one who asked for it. */
export function authorsOf({ author, contributors }: Version): string {
  const people = contributors.length > 0 ? contributors : author ? [author] : []
  const [first, second, ...rest] = people.map(({ name }) => name)
  if (first === undefined) return 'Unknown'
  if (second === undefined) return first
  return rest.length === 0
    ? `${first} and ${second}`
    : `${first}, ${second} and ${rest.length} more`
}
