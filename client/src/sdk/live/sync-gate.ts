import * as decoding from 'lib0/decoding'

/** Of the Hocuspocus protocol: frames are `VarString address, VarUint type, …`. */
const syncFrame = 0
const syncStep2 = 1
const syncUpdate = 2

export type OutgoingFrame =
  /** No state of the document: greeting, presence, SyncStep1. */
  | { readonly kind: 'other' }
  /** SyncStep2 or Update: the server counts it. */
  | { readonly kind: 'state' }
  /** Must not be sent: the SyncStep2 to come holds it. */
  | { readonly kind: 'early' }

/**
 * Looks at what leaves one socket. Updates made before the SyncStep2 has gone out are held back: the
 * stock provider would send them while the server still asks what is missing, out of any order that
 * acknowledgements could be matched with. The SyncStep2 is made from the document as it is then and
 * holds them all.
 */
export class SyncGate {
  #isOpen = false

  outgoing(frame: Uint8Array): OutgoingFrame {
    const decoder = decoding.createDecoder(frame)
    decoding.readVarString(decoder)
    if (decoding.readVarUint(decoder) !== syncFrame) return { kind: 'other' }
    const step = decoding.readVarUint(decoder)
    if (step === syncStep2) {
      this.#isOpen = true
      return { kind: 'state' }
    }
    if (step !== syncUpdate) return { kind: 'other' }
    return this.#isOpen ? { kind: 'state' } : { kind: 'early' }
  }
}
