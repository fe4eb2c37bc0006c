import { findNameFault, nameFaultDetails, nameKey } from '@cloudsync/crdt'

/** Where a name's extension begins, or its length when it has none. A leading dot begins no extension. */
export function extensionStart(name: string): number {
  const dot = name.lastIndexOf('.')
  return dot > 0 && dot < name.length - 1 ? dot : name.length
}

/** In lower case, without the dot; empty when there is none. */
export function extensionOf(name: string): string {
  return name.slice(extensionStart(name) + 1).toLowerCase()
}

/** Why a name that is being typed cannot be used, in words for people. `isTaken` is asked by `nameKey`. */
export function describeNameFault(
  name: string,
  isTaken: (key: string) => boolean,
): string | undefined {
  if (name.trim() === '') return 'A name is needed'
  const fault = findNameFault(name)
  if (fault) return nameFaultDetails[fault]
  return isTaken(nameKey(name)) ? 'The name is taken' : undefined
}
