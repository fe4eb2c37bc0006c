import { joinName, splitExtension } from './name-parts.ts'
import { deviceName, findNameFault } from './node-name.ts'

/** Half surrogate pairs too. */
const refusedCharacter = /[\p{Cc}\p{Cs}<>:"|?*/\\]/gu

/**
 * The nearest name that can be kept: `name` itself when it can. Other characters become `_`, dots and
 * spaces at the end go, a reserved name gets a `_`, what is too long is cut before its extension, and
 * what has nothing left is `Untitled`.
 */
export function sanitizeName(name: string): string {
  if (findNameFault(name) === undefined) return name
  const short = shortened(trimmed(name.replace(refusedCharacter, '_')))
  const usable = shortened(short.replace(deviceName, '$&_'))
  return usable === '' ? 'Untitled' : usable
}

function shortened(name: string): string {
  const { stem, extension } = splitExtension(name)
  return trimmed(joinName(stem, extension))
}

/** A regular expression would take a time that is quadratic in the dots of a long name. */
function trimmed(name: string): string {
  let end = name.length
  while (name[end - 1] === '.' || name[end - 1] === ' ') end -= 1
  return name.slice(0, end)
}
