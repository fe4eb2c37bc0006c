import { joinName, splitExtension } from './name-parts.ts'

/** How many derived names are tried one by one. */
const triedInTurn = 20

/** The names to try in turn when `name` is taken: `name (2).ext`, `name (3).ext`, … */
export function* derivedNames(name: string): Generator<string, never> {
  const nameAt = derivation(name)
  for (let step = 1; ; step += 1) yield nameAt(step)
}

/**
 * `name`, or when it is taken the first derived name that is free.
 *
 * Beyond the first 20 it asks for the 40th, the 80th and so on, and then halves the distance between a
 * taken and a free one: the first that is free when all before are taken, and in any case one that is,
 * without asking for each of the ten thousand that a folder may have.
 */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name
  const nameAt = derivation(name)
  for (let step = 1; step <= triedInTurn; step += 1) {
    const candidate = nameAt(step)
    if (!isTaken(candidate)) return candidate
  }
  let taken = triedInTurn
  let free = taken * 2
  for (; isTaken(nameAt(free)); free *= 2) taken = free
  while (free - taken > 1) {
    const middle = taken + Math.floor((free - taken) / 2)
    if (isTaken(nameAt(middle))) taken = middle
    else free = middle
  }
  return nameAt(free)
}

/** Gives the derived name of each step from 1. A name that is itself a derived one goes on counting. */
function derivation(name: string): (step: number) => string {
  const { stem, extension } = splitExtension(name)
  const counted = /^(.+) \(([1-9][0-9]{0,8})\)$/su.exec(stem)
  const bare = counted?.[1] ?? stem
  const count = Number(counted?.[2] ?? 1)
  return (step) => joinName(bare, ` (${count + step})${extension}`)
}
