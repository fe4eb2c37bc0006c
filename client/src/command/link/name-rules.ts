import { createHash } from 'node:crypto'
import { nameKey } from '@cloudsync/crdt'
import type { FileSystemTraits } from '../../sync/model/file-system-traits.ts'
import type { NameRules } from '../../sync/model/plan.ts'

const hashLetters = 8
const longestExtension = 32

/**
 * What the disk of a linked folder can hold of what the server has. That takes no name which Windows could not hold, nor
 * two that differ in case alone, so that what is left is what is called nearly so on the disk and is not synced, and
 * names that are too long, as where names are encrypted.
 */
export function nameRulesOf({
  isCaseInsensitive,
  isNormalizing,
  maxNameBytes,
}: FileSystemTraits): NameRules {
  return {
    key: isCaseInsensitive || isNormalizing ? nameKey : (diskName) => diskName,
    toDisk: (name) => shortName(name, maxNameBytes),
  }
}

/** The same for the same name, and another one for another: `beginning~1a2b3c4d.ext`. */
function shortName(name: string, maxBytes: number): string {
  if (Buffer.byteLength(name) <= maxBytes) return name
  const dot = name.lastIndexOf('.')
  const isExtension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= longestExtension
  const extension = isExtension ? name.slice(dot) : ''
  const hash = createHash('sha256').update(name).digest('hex').slice(0, hashLetters)
  const end = `~${hash}${extension}`
  const room = maxBytes - Buffer.byteLength(end)
  let stem = ''
  for (const character of name.slice(0, name.length - extension.length)) {
    if (Buffer.byteLength(stem + character) > room) break
    stem += character
  }
  return stem.trimEnd() + end
}
