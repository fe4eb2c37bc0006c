import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/**
 * The frames of the Hocuspocus protocol, as far as we read and write them ourselves:
 *
 *     frame     = address type body
 *     address   = VarString          document name, or `name \0 session`
 *     type      = VarUint            one of `frameTypes`
 *     Sync      = step payload       step 0: state vector, 1: missing state, 2: update; VarUint8Array
 *     Awareness = VarUint8Array      a y-protocols awareness update
 *     Auth      = subtype VarString  0: token, 1: denied (reason), 2: authenticated (scope)
 *     Stateless = VarString
 *     SyncStatus = VarUint           1: taken, 0: refused
 */
export const frameTypes = {
  sync: 0,
  awareness: 1,
  auth: 2,
  queryAwareness: 3,
  syncReply: 4,
  stateless: 5,
  close: 7,
  syncStatus: 8,
  ping: 9,
  pong: 10,
} as const

/** A larger frame closes its socket. */
export const maxFrameBytes = 8 * 1024 * 1024

export const syncSteps = { step1: 0, step2: 1, update: 2 } as const

export const authSubtypes = { token: 0, denied: 1, authenticated: 2 } as const

export interface FrameHead {
  readonly address: string
  readonly type: number
  /** Where the body begins. */
  readonly offset: number
}

/** Longer than any address of ours: `folder:` + UUID + `\0` + a session id. */
const maxAddressBytes = 256

/** Reads the head of a frame, or `undefined` when the bytes are none. */
export function readFrameHead(frame: Uint8Array): FrameHead | undefined {
  try {
    const decoder = decoding.createDecoder(frame)
    const addressBytes = decoding.readVarUint(decoder)
    if (addressBytes > maxAddressBytes) return undefined
    decoder.pos = 0
    const address = decoding.readVarString(decoder)
    return { address, type: decoding.readVarUint(decoder), offset: decoder.pos }
  } catch {
    return undefined
  }
}

/** The type of a frame that we made or checked ourselves, without decoding its address. */
export function frameType(frame: Uint8Array): number {
  const decoder = decoding.createDecoder(frame)
  const addressBytes = decoding.readVarUint(decoder)
  decoder.pos += addressBytes
  return decoding.readVarUint(decoder)
}

export function documentNameOf(address: string): string {
  const separator = address.indexOf('\0')
  return separator === -1 ? address : address.slice(0, separator)
}

export interface SyncBody {
  readonly step: number
  readonly payload: Uint8Array
}

/** Reads the body of a sync frame, or `undefined` when it is malformed. The payload is a view. */
export function readSyncBody(frame: Uint8Array, offset: number): SyncBody | undefined {
  try {
    const decoder = decoding.createDecoder(frame)
    decoder.pos = offset
    const step = decoding.readVarUint(decoder)
    const payload = decoding.readVarUint8Array(decoder)
    return decoding.hasContent(decoder) ? undefined : { step, payload }
  } catch {
    return undefined
  }
}

export function readBytesBody(frame: Uint8Array, offset: number): Uint8Array | undefined {
  try {
    const decoder = decoding.createDecoder(frame)
    decoder.pos = offset
    return decoding.readVarUint8Array(decoder)
  } catch {
    return undefined
  }
}

export function readStringBody(frame: Uint8Array, offset: number): string | undefined {
  try {
    const decoder = decoding.createDecoder(frame)
    decoder.pos = offset
    return decoding.readVarString(decoder)
  } catch {
    return undefined
  }
}

/** The token of an Auth frame, or `undefined` when it is another kind of Auth frame. */
export function readToken(frame: Uint8Array, offset: number): string | undefined {
  try {
    const decoder = decoding.createDecoder(frame)
    decoder.pos = offset
    if (decoding.readVarUint(decoder) !== authSubtypes.token) return undefined
    return decoding.readVarString(decoder)
  } catch {
    return undefined
  }
}

/** What a frame that Hocuspocus sends answers to an authentication, and to which. */
export function readAuthReply(
  frame: Uint8Array,
): { readonly address: string; readonly isDenied: boolean } | undefined {
  const head = readFrameHead(frame)
  if (head?.type !== frameTypes.auth) return undefined
  return { address: head.address, isDenied: frame[head.offset] === authSubtypes.denied }
}

export function encodeSyncFrame(address: string, step: number, payload: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, frameTypes.sync)
  encoding.writeVarUint(encoder, step)
  encoding.writeVarUint8Array(encoder, payload)
  return encoding.toUint8Array(encoder)
}

export function encodeSyncStatusFrame(address: string, taken: boolean): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, frameTypes.syncStatus)
  encoding.writeVarUint(encoder, taken ? 1 : 0)
  return encoding.toUint8Array(encoder)
}

export function encodeStatelessFrame(address: string, payload: string): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, frameTypes.stateless)
  encoding.writeVarString(encoder, payload)
  return encoding.toUint8Array(encoder)
}

export function encodeAwarenessFrame(address: string, update: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, frameTypes.awareness)
  encoding.writeVarUint8Array(encoder, update)
  return encoding.toUint8Array(encoder)
}

export function encodeAuthFrame(address: string, token: string): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, frameTypes.auth)
  encoding.writeVarUint(encoder, authSubtypes.token)
  encoding.writeVarString(encoder, token)
  return encoding.toUint8Array(encoder)
}

export function encodeDeniedFrame(address: string, reason: string): Uint8Array {
  return encodeAuthReply(address, authSubtypes.denied, reason)
}

export function encodeAuthenticatedFrame(
  address: string,
  scope: 'readonly' | 'read-write',
): Uint8Array {
  return encodeAuthReply(address, authSubtypes.authenticated, scope)
}

function encodeAuthReply(address: string, subtype: number, text: string): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, frameTypes.auth)
  encoding.writeVarUint(encoder, subtype)
  encoding.writeVarString(encoder, text)
  return encoding.toUint8Array(encoder)
}

export function encodePongFrame(address: string): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, frameTypes.pong)
  return encoding.toUint8Array(encoder)
}
