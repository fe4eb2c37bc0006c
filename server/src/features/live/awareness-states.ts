import * as encoding from 'lib0/encoding'

/** Somebody's presence as others see it. */
export interface ShownState {
  readonly clientId: number
  readonly clock: number
  readonly json: string
}

/** An awareness update (y-protocols): the count, then client, clock and JSON of each. */
export function encodeStates(states: readonly ShownState[]): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, states.length)
  for (const { clientId, clock, json } of states) {
    encoding.writeVarUint(encoder, clientId)
    encoding.writeVarUint(encoder, clock)
    encoding.writeVarString(encoder, json)
  }
  return encoding.toUint8Array(encoder)
}
