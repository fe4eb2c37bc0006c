import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

export interface AuthenticatorOptions {
  /** Of the page that asks; the browser would tell the truth. */
  readonly origin?: string
  readonly rpId?: string
  /** Whether it has made sure of who is there. */
  readonly isVerified?: boolean
  readonly counter?: number
}

const presentFlag = 1
const verifiedFlag = 4
const attestedFlag = 64

/** A passkey in software: signs what a browser and its authenticator would sign (WebAuthn Level 3 §6, ES256). */
export class SoftwareAuthenticator {
  readonly id = randomBytes(16).toString('base64url')
  readonly #privateKey: KeyObject
  readonly #publicJwk: { x: string; y: string }

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#privateKey = privateKey
    this.#publicJwk = publicKey.export({ format: 'jwk' }) as { x: string; y: string }
  }

  /** Answers `navigator.credentials.create`. */
  register(options: Readonly<Record<string, unknown>>, as: AuthenticatorOptions = {}) {
    const clientData = clientDataOf('webauthn.create', String(options['challenge']), as)
    const id = Buffer.from(this.id, 'base64url')
    const credential = Buffer.concat([Buffer.alloc(16), uint16(id.length), id, this.#coseKey()])
    const authData = Buffer.concat([head(as, attestedFlag), credential])
    const attestation = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', new Uint8Array(authData)],
    ])
    return {
      ...this.#credential(),
      response: {
        clientDataJSON: clientData.toString('base64url'),
        attestationObject: encode(attestation).toString('base64url'),
        transports: ['internal'],
      },
    }
  }

  /** Answers `navigator.credentials.get`. */
  signIn(options: Readonly<Record<string, unknown>>, as: AuthenticatorOptions = {}) {
    const clientData = clientDataOf('webauthn.get', String(options['challenge']), as)
    const authData = head(as, 0)
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()])
    return {
      ...this.#credential(),
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: sign('sha256', signed, this.#privateKey).toString('base64url'),
      },
    }
  }

  #credential() {
    return { id: this.id, rawId: this.id, type: 'public-key', clientExtensionResults: {} }
  }

  /** RFC 9053 §7.1.1: an ES256 key on P-256. */
  #coseKey(): Buffer {
    const { x, y } = this.#publicJwk
    const bytes = (part: string) => new Uint8Array(Buffer.from(part, 'base64url'))
    const key = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ])
    return encode(key)
  }
}

function clientDataOf(type: string, challenge: string, as: AuthenticatorOptions): Buffer {
  const origin = as.origin ?? 'https://cs.test'
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
}

/** The hash of the site, flags and the counter. */
function head(as: AuthenticatorOptions, flags: number): Buffer {
  const { rpId = 'cs.test', isVerified = true, counter = 0 } = as
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  const allFlags = presentFlag | flags | (isVerified ? verifiedFlag : 0)
  const hash = createHash('sha256').update(rpId).digest()
  return Buffer.concat([hash, Buffer.from([allFlags]), count])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function encode(value: unknown): Buffer {
  return Buffer.from(isoCBOR.encode(value as Parameters<typeof isoCBOR.encode>[0]))
}
