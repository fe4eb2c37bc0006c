import type { NodeId, Sha256, SpaceId } from '@cloudsync/protocol'

// By hand: with the schemas of the protocol their library would come into every page.
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const sha256Form = /^[0-9a-f]{64}$/

/** Throws a `TypeError` for what is no UUID. */
export function asNodeId(text: string): NodeId {
  return parse(text.toLowerCase(), uuidForm, 'id of a node') as NodeId
}

/** Throws a `TypeError` for what is no UUID. */
export function asSpaceId(text: string): SpaceId {
  return parse(text.toLowerCase(), uuidForm, 'id of a space') as SpaceId
}

/** Throws a `TypeError` for what is not 64 digits of lower-case hex. */
export function asSha256(text: string): Sha256 {
  return parse(text, sha256Form, 'SHA-256 in hex') as Sha256
}

/**
 * A UUIDv7 (RFC 9562 §5.7) for a node that is to be made: with it, asking twice makes one node. 48 bits of time, then
 * random.
 */
export function newNodeId(now = Date.now(), random: Uint8Array = randomBytes()): NodeId {
  return newUuid(now, random) as NodeId
}

export function newUuid(now: number, random: Uint8Array = randomBytes()): string {
  const bytes = Uint8Array.from(random)
  for (let index = 0; index < 6; index++)
    bytes[index] = Math.floor(now / 2 ** (40 - 8 * index)) % 256
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** `crypto.randomUUID` is missing on pages of plain http, this is not. */
function randomBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(16))
}

function parse(text: string, form: RegExp, what: string): string {
  if (!form.test(text)) throw new TypeError(`${JSON.stringify(text)} is no ${what}`)
  return text
}
