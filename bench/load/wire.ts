import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { LiveTarget } from './live-target.ts'

/**
 * The frames of both protocols, as far as a load client writes and reads them. A Hocuspocus frame is a
 * y-protocols message behind the document's name:
 *
 *     message   = type body
 *     sync 0    = step payload       step 0: state vector, 1: missing state, 2: update
 *     awareness 1, auth 2 (Hocuspocus: 0 token, 1 denied, 2 authenticated), syncReply 4 (as sync),
 *     stateless 5, close 7, syncStatus 8 (1: taken, 0: refused), ping 9, pong 10
 */
const messageTypes = {
  sync: 0,
  awareness: 1,
  auth: 2,
  syncReply: 4,
  stateless: 5,
  close: 7,
  syncStatus: 8,
  ping: 9,
  pong: 10,
} as const

const syncSteps = { step1: 0, step2: 1, update: 2 } as const

/** What came in, read no further than the load client needs; `bytes` may be a whole frame. */
export type Incoming =
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'step1' }
  | { readonly kind: 'step2'; readonly bytes: Uint8Array }
  | { readonly kind: 'update'; readonly bytes: Uint8Array }
  | { readonly kind: 'status'; readonly isTaken: boolean }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'other' }

/** Makes and reads the frames of one document on one connection. */
export class Wire {
  readonly #prefix: Uint8Array

  constructor(protocol: LiveTarget['protocol'], document: string) {
    this.#prefix =
      protocol === 'hocuspocus'
        ? encoded((encoder) => encoding.writeVarString(encoder, document))
        : new Uint8Array()
  }

  auth(token: string): Uint8Array {
    return this.#frame((encoder) => {
      encoding.writeVarUint(encoder, messageTypes.auth)
      encoding.writeVarUint(encoder, 0)
      encoding.writeVarString(encoder, token)
    })
  }

  /** Declares client ids by an empty presence for each. */
  awareness(clientIds: readonly number[]): Uint8Array {
    const update = encoded((encoder) => {
      encoding.writeVarUint(encoder, clientIds.length)
      for (const clientId of clientIds) {
        encoding.writeVarUint(encoder, clientId)
        encoding.writeVarUint(encoder, 1)
        encoding.writeVarString(encoder, '{}')
      }
    })
    return this.#frame((encoder) => {
      encoding.writeVarUint(encoder, messageTypes.awareness)
      encoding.writeVarUint8Array(encoder, update)
    })
  }

  /** Of a client that has nothing yet. */
  step1(): Uint8Array {
    return this.#sync(syncSteps.step1, Uint8Array.of(0))
  }

  step2(state: Uint8Array): Uint8Array {
    return this.#sync(syncSteps.step2, state)
  }

  update(update: Uint8Array): Uint8Array {
    return this.#sync(syncSteps.update, update)
  }

  /** A message that says nothing, in so many bytes. */
  filler(bytes: number): Uint8Array {
    return this.#frame((encoder) => {
      encoding.writeVarUint(encoder, messageTypes.stateless)
      encoding.writeVarString(encoder, ' '.repeat(bytes))
    })
  }

  ping(): Uint8Array {
    return this.#frame((encoder) => encoding.writeVarUint(encoder, messageTypes.ping))
  }

  pong(): Uint8Array {
    return this.#frame((encoder) => encoding.writeVarUint(encoder, messageTypes.pong))
  }

  read(frame: Uint8Array): Incoming {
    const at = this.#prefix.length
    // Types, steps and states are all below 128: one byte each.
    const next = frame[at + 1]
    switch (frame[at]) {
      case messageTypes.sync:
      case messageTypes.syncReply:
        if (next === syncSteps.step1) return { kind: 'step1' }
        return { kind: next === syncSteps.step2 ? 'step2' : 'update', bytes: frame }
      case messageTypes.auth:
        return { kind: next === 2 ? 'authenticated' : 'denied' }
      case messageTypes.syncStatus:
        return { kind: 'status', isTaken: next === 1 }
      case messageTypes.close:
        return { kind: 'denied' }
      case messageTypes.ping:
        return { kind: 'ping' }
      case messageTypes.pong:
        return { kind: 'pong' }
      default:
        return { kind: 'other' }
    }
  }

  /** The payload of a `step2` or `update`. */
  payloadOf(frame: Uint8Array): Uint8Array {
    const decoder = decoding.createDecoder(frame)
    decoder.pos = this.#prefix.length + 2
    return decoding.readVarUint8Array(decoder)
  }

  #sync(step: number, payload: Uint8Array): Uint8Array {
    return this.#frame((encoder) => {
      encoding.writeVarUint(encoder, messageTypes.sync)
      encoding.writeVarUint(encoder, step)
      encoding.writeVarUint8Array(encoder, payload)
    })
  }

  #frame(write: (encoder: encoding.Encoder) => void): Uint8Array {
    return encoded((encoder) => {
      encoding.writeUint8Array(encoder, this.#prefix)
      write(encoder)
    })
  }
}

function encoded(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}
