import { causalOrder } from './causal-order.ts'
import { PieceParts } from './piece-parts.ts'
import { UpdateReader, withoutDeletes } from './read-update.ts'
import { stateUpdateLimits } from './scan-limits.ts'

/**
 * Parts a trusted state into updates of at most `maxParts` structs or deleted ranges, so that a large
 * document can be loaded by and by. Applied in order to an empty document they give the state; what waits
 * for others comes in one piece. Unlike `cutUpdate` it does not look at what placing them takes.
 */
export function splitState(state: Uint8Array, maxParts: number): Uint8Array[] {
  const reader = new UpdateReader(state, stateUpdateLimits, { isKeepingStructs: true })
  const { deletes } = reader.read()
  const { structs, waiting } = causalOrder(reader.structs, () => 0)
  const pieces: Uint8Array[] = []
  let parts = new PieceParts()
  let count = 0
  const flush = () => {
    if (!parts.isEmpty) pieces.push(parts.encode(state))
    parts = new PieceParts()
    count = 0
  }
  for (const struct of structs) {
    if (count === maxParts || !parts.fits(struct)) flush()
    parts.addStruct(struct)
    count += 1
  }
  flush()
  if (waiting.length > 0) pieces.push(withoutDeletes(state, reader.sections))
  for (const range of deletes) {
    if (count === maxParts) flush()
    parts.addDelete(range)
    count += 1
  }
  flush()
  return pieces
}
