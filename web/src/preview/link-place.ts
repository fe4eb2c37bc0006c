import { characterCode, showHidden } from '../ui/show-hidden.ts'

/** Where in its space a symbolic link leads: a path of names from the root down, or a place beyond the space. */
export type LinkPlace =
  | { readonly kind: 'inside'; readonly names: readonly string[] }
  | { readonly kind: 'outside' }

/** Reads a target as a disk would, from the folders that the link lies in; links on the way are not followed. */
export function placeOf(target: string, folderNames: readonly string[]): LinkPlace {
  if (target.startsWith('/')) return { kind: 'outside' }
  const names = [...folderNames]
  for (const step of target.split('/')) {
    if (step === '' || step === '.') continue
    if (step !== '..') names.push(step)
    else if (names.pop() === undefined) return { kind: 'outside' }
  }
  return { kind: 'inside', names }
}

/** A target as a screen shows it. Unlike a name, it may hold line breaks and other control characters. */
export function showTarget(target: string): string {
  return showHidden(target).replaceAll(/\p{Cc}/gu, characterCode)
}
