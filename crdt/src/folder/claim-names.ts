import type { FolderReplica } from './folder-replica.ts'
import { freeName } from './free-name.ts'
import { nameKey } from './node-name.ts'

/** A child that wants a name. */
export interface NameClaim {
  readonly id: string
  readonly name: string
  /** The name that it had until now. */
  readonly heldName: string | undefined
  /** Whether somebody chose this very name, and not a rule. */
  readonly isAsked: boolean
}

/**
 * The names that children of a folder get, by their ids. `claims` are in the order of precedence;
 * `changed` are the children whose names in the folder count for nothing, since claims decide them.
 *
 * Who held a name before keeps it. Then come the claims to names that were asked for, so that whose name
 * is free gets it whatever others need; then all others, each with a name derived from the one it wants.
 */
export function claimNames(
  folder: FolderReplica,
  changed: ReadonlySet<string>,
  claims: readonly NameClaim[],
): Map<string, string> {
  const taken = new TakenKeys(folder, changed)
  const names = new Map<string, string>()
  const take = ({ id }: NameClaim, name: string) => {
    taken.add(name)
    names.set(id, name)
  }
  for (const claim of claims) if (holdsItsName(claim)) take(claim, claim.name)
  for (const claim of claims)
    if (claim.isAsked && !names.has(claim.id) && !taken.has(claim.name)) take(claim, claim.name)
  for (const claim of claims)
    if (!names.has(claim.id))
      take(
        claim,
        freeName(claim.name, (name) => taken.has(name)),
      )
  return names
}

/** Also when it changes only its case. */
function holdsItsName({ name, heldName }: NameClaim): boolean {
  return heldName !== undefined && (heldName === name || nameKey(heldName) === nameKey(name))
}

class TakenKeys {
  readonly #folder: FolderReplica
  readonly #changed: ReadonlySet<string>
  /** Kept, as a key may have thousands of holders that all count for nothing. */
  readonly #isTaken = new Map<string, boolean>()

  constructor(folder: FolderReplica, changed: ReadonlySet<string>) {
    this.#folder = folder
    this.#changed = changed
  }

  add(name: string): void {
    this.#isTaken.set(nameKey(name), true)
  }

  has(name: string): boolean {
    const key = nameKey(name)
    const isTaken = this.#isTaken.get(key) ?? this.#hasOther(key)
    this.#isTaken.set(key, isTaken)
    return isTaken
  }

  #hasOther(key: string): boolean {
    for (const id of this.#folder.holdersOf(key)) if (!this.#changed.has(id)) return true
    return false
  }
}
