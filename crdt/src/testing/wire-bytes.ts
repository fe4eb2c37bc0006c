import * as encoding from 'lib0/encoding'

/** Bytes as lib0 writes them: a number as VarUint, a string as VarString, bytes as they are. */
export function wireBytes(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const part of parts) {
    if (typeof part === 'number') encoding.writeVarUint(encoder, part)
    else if (typeof part === 'string') encoding.writeVarString(encoder, part)
    else encoding.writeUint8Array(encoder, part)
  }
  return encoding.toUint8Array(encoder)
}

/** One byte, for what is no VarUint on the wire. */
export function byte(value: number): Uint8Array {
  return new Uint8Array([value])
}
