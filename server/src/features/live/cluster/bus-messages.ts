import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { LogPosition } from '../live-documents.ts'

/**
 * What servers tell each other of a document:
 *
 *     message  = sender kind body          sender: VarString, an id of `ServerRoll`
 *     rows     = 0 epoch seq VarUint8Array*      committed rows up to `seq`, one after the other
 *     presence = 1 VarUint8Array                 a y-protocols awareness update of the sender's people
 *     who      = 2                               asks everybody for their presence
 *     uncommitted = 3 epoch VarUint8Array        in control runs: a row that may never be committed
 */
export type BusMessage =
  | {
      readonly kind: 'rows'
      readonly position: LogPosition
      readonly payloads: readonly Uint8Array[]
    }
  | { readonly kind: 'presence'; readonly update: Uint8Array }
  | { readonly kind: 'who' }
  | { readonly kind: 'uncommitted'; readonly epoch: number; readonly payload: Uint8Array }

const kinds = { rows: 0, presence: 1, who: 2, uncommitted: 3 } as const

export function encodeBusMessage(sender: string, message: BusMessage): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, sender)
  encoding.writeVarUint(encoder, kinds[message.kind])
  if (message.kind === 'rows') {
    encoding.writeVarUint(encoder, message.position.epoch)
    encoding.writeVarUint(encoder, message.position.seq)
    for (const payload of message.payloads) encoding.writeVarUint8Array(encoder, payload)
  } else if (message.kind === 'presence') {
    encoding.writeVarUint8Array(encoder, message.update)
  } else if (message.kind === 'uncommitted') {
    encoding.writeVarUint(encoder, message.epoch)
    encoding.writeVarUint8Array(encoder, message.payload)
  }
  return encoding.toUint8Array(encoder)
}

/** `undefined` when the bytes are none: another version may speak otherwise. Payloads are copies. */
export function decodeBusMessage(
  bytes: Uint8Array,
): { readonly sender: string; readonly message: BusMessage } | undefined {
  try {
    const decoder = decoding.createDecoder(bytes)
    const sender = decoding.readVarString(decoder)
    const message = readBody(decoder, decoding.readVarUint(decoder))
    return message && { sender, message }
  } catch {
    return undefined
  }
}

function readBody(decoder: decoding.Decoder, kind: number): BusMessage | undefined {
  switch (kind) {
    case kinds.rows: {
      const position = { epoch: decoding.readVarUint(decoder), seq: decoding.readVarUint(decoder) }
      const payloads: Uint8Array[] = []
      while (decoding.hasContent(decoder))
        payloads.push(decoding.readVarUint8Array(decoder).slice())
      return { kind: 'rows', position, payloads }
    }
    case kinds.presence:
      return { kind: 'presence', update: decoding.readVarUint8Array(decoder).slice() }
    case kinds.who:
      return { kind: 'who' }
    case kinds.uncommitted: {
      const epoch = decoding.readVarUint(decoder)
      return { kind: 'uncommitted', epoch, payload: decoding.readVarUint8Array(decoder).slice() }
    }
    default:
      return undefined
  }
}
