import { findNameFault, nameFaultDetails, nameKey } from '@cloudsync/crdt'

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
