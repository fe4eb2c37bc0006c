import * as Y from 'yjs'
import type { Random } from './random.ts'
import { byte, wireBytes } from './wire-bytes.ts'

export interface Id {
  readonly client: number
  readonly clock: number
}

/** One character, or one entry, between any two others. */
export interface CrookedStruct {
  readonly origin?: Id | undefined
  readonly rightOrigin?: Id | undefined
}

/** An update in which a client places `a` after `a` where nobody's editor would. Valid to Yjs. */
export function crookedUpdate(
  client: number,
  clock: number,
  structs: readonly CrookedStruct[],
  place: { readonly root: string; readonly key?: string },
): Uint8Array {
  const parts = structs.flatMap(({ origin, rightOrigin }) => {
    const isPlaced = origin !== undefined || rightOrigin !== undefined
    const hasKey = !isPlaced && place.key !== undefined
    const info = 4 | (origin ? 0x80 : 0) | (rightOrigin ? 0x40 : 0) | (hasKey ? 0x20 : 0)
    return [
      byte(info),
      ...(origin ? [origin.client, origin.clock] : []),
      ...(rightOrigin ? [rightOrigin.client, rightOrigin.clock] : []),
      ...(isPlaced ? [] : [1, place.root]),
      ...(hasKey ? [place.key ?? ''] : []),
      'a',
    ]
  })
  return wireBytes(1, structs.length, client, clock, ...parts, 0)
}

/** Structs between random ids: of the document, of the update itself, or none. */
export function randomCrookedStructs(
  random: Random,
  document: Y.Doc,
  client: number,
  count: number,
): CrookedStruct[] {
  const known = [...Y.decodeStateVector(Y.encodeStateVector(document))].filter(
    ([, clock]) => clock > 0,
  )
  const ownClock = Y.getState(document.store, client)
  const pick = (own: number): Id | undefined => {
    if (own > ownClock && random.chance(0.4)) return { client, clock: random.below(own) }
    if (known.length === 0 || random.chance(0.3)) return undefined
    const [of, clock] = random.pick(known)
    return { client: of, clock: random.below(clock) }
  }
  return Array.from({ length: count }, (_, index) => ({
    origin: pick(ownClock + index),
    rightOrigin: pick(ownClock + index),
  }))
}
