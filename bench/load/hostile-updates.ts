import * as encoding from 'lib0/encoding'

/** What an attacker sends as one update. All are small; what they cost a careless server is not. */
export interface Bomb {
  readonly name: string
  readonly update: Uint8Array
  /** By its bytes it is an update like any other: only the document tells what it costs. */
  readonly isValid: boolean
}

const CLAIMED_STRUCTS = 32 * 1024 * 1024
const MANY_CLIENTS = 40_000

const CROSSED_LETTERS = 8_000
const ATTACKER = 1

/** Types of structs in a V1 update (the low 5 bits of their info byte), and what the others say. */
const STRUCT_GC = 0
const STRUCT_STRING = 4
const HAS_RIGHT_ORIGIN = 0x40
const HAS_ORIGIN = 0x80

export function hostileUpdates(): Bomb[] {
  return [
    { name: '7 bytes that claim 32 M structs', update: claimManyStructs(), isValid: false },
    {
      name: '40,000 clients whose predecessors are missing',
      update: manyClients(),
      isValid: false,
    },
    { name: '20 bytes of V2 with an endless run', update: endlessV2(), isValid: false },
    { name: 'a text typed across itself', update: crossTyping(), isValid: true },
  ]
}

/** One client with so many structs to come, and then nothing: a reader that makes room for them first pays. */
function claimManyStructs(): Uint8Array {
  return encoded((encoder) => {
    encoding.writeVarUint(encoder, 1)
    encoding.writeVarUint(encoder, CLAIMED_STRUCTS)
    encoding.writeVarUint(encoder, 1)
    encoding.writeVarUint(encoder, 0)
  })
}

/** Each client's one struct begins at clock 1, so that all of them wait for what never comes. */
function manyClients(): Uint8Array {
  return encoded((encoder) => {
    encoding.writeVarUint(encoder, MANY_CLIENTS)
    for (let client = 0; client < MANY_CLIENTS; client += 1) {
      encoding.writeVarUint(encoder, 1)
      encoding.writeVarUint(encoder, 2 ** 31 + client)
      encoding.writeVarUint(encoder, 1)
      encoding.writeUint8(encoder, STRUCT_GC)
      encoding.writeVarUint(encoder, 1)
    }
    encoding.writeVarUint(encoder, 0)
  })
}

/**
 * Letters one behind the other, and then as many that each belong before another of these: to find the
 * place of each, Yjs looks at all the letters before it.
 */
function crossTyping(): Uint8Array {
  return encoded((encoder) => {
    encoding.writeVarUint(encoder, 1)
    encoding.writeVarUint(encoder, 2 * CROSSED_LETTERS)
    encoding.writeVarUint(encoder, ATTACKER)
    encoding.writeVarUint(encoder, 0)
    for (let clock = 0; clock < 2 * CROSSED_LETTERS; clock += 1) writeCrossedLetter(encoder, clock)
    encoding.writeVarUint(encoder, 0)
  })
}

function writeCrossedLetter(encoder: encoding.Encoder, clock: number): void {
  const isCrossed = clock >= CROSSED_LETTERS
  encoding.writeUint8(
    encoder,
    STRUCT_STRING | (isCrossed ? HAS_RIGHT_ORIGIN : clock > 0 ? HAS_ORIGIN : 0),
  )
  if (clock === 0) {
    encoding.writeVarUint(encoder, 1)
    encoding.writeVarString(encoder, 'content')
  } else {
    encoding.writeVarUint(encoder, ATTACKER)
    encoding.writeVarUint(encoder, isCrossed ? clock - CROSSED_LETTERS : clock - 1)
  }
  encoding.writeVarString(encoder, 'a')
}

/**
 * V2 keeps each kind of field in a run-length stream of its own, whose last run never ends: a hundred million
 * structs need no more bytes than one. Nobody may decode V2 that came from a client.
 */
function endlessV2(): Uint8Array {
  const one = Uint8Array.of(1)
  return encoded((encoder) => {
    encoding.writeUint8(encoder, 0)
    encoding.writeVarUint8Array(encoder, new Uint8Array()) // key clocks
    encoding.writeVarUint8Array(encoder, one) // clients
    encoding.writeVarUint8Array(encoder, new Uint8Array()) // left clocks
    encoding.writeVarUint8Array(encoder, new Uint8Array()) // right clocks
    encoding.writeVarUint8Array(encoder, Uint8Array.of(STRUCT_GC)) // infos
    encoding.writeVarUint8Array(encoder, Uint8Array.of(0)) // strings
    encoding.writeVarUint8Array(encoder, new Uint8Array()) // parent infos
    encoding.writeVarUint8Array(encoder, new Uint8Array()) // type refs
    encoding.writeVarUint8Array(encoder, one) // lengths
    encoding.writeVarUint(encoder, 1) // clients
    encoding.writeVarUint(encoder, 2 ** 27) // structs
    encoding.writeVarUint(encoder, 0) // the first clock
  })
}

function encoded(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}
