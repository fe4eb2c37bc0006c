import { importJWK, type CryptoKey, type JSONWebKeySet, type JWK } from 'jose'
import type { Clock } from '#platform/clock.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import {
  ensureKeys,
  rotateDueKeys,
  signingAlgorithm,
  successorKey,
  type SigningKeyStore,
} from './signing-key-rotation.ts'
import { openPrivateKey } from './signing-key-seals.ts'

const reloadIntervalMs = 5000

export interface SigningKey {
  readonly kid: string
  /** With its private part. */
  readonly jwk: JWK
  readonly privateKey: CryptoKey
  readonly signsFromMs: number
}

export interface SigningKeysOptions extends SigningKeyStore {
  readonly clock: Clock
}

interface LoadedKeys {
  /** In the order in which they sign. */
  readonly signing: readonly SigningKey[]
  readonly publicKeys: ReadonlyMap<string, CryptoKey>
  readonly jwks: JSONWebKeySet
  readonly successorSecret: Buffer
}

/** The installation's keys, shared by all servers on its database. */
export class SigningKeys {
  readonly #store: SigningKeyStore
  readonly #clock: Clock
  #keys: LoadedKeys
  #loadedAtMs: number
  #reload: Promise<void> | undefined

  private constructor({ clock, ...store }: SigningKeysOptions, keys: LoadedKeys) {
    this.#store = store
    this.#clock = clock
    this.#keys = keys
    this.#loadedAtMs = clock.now().getTime()
  }

  /** Loads the keys, and makes them first when there are none; several servers may start at once. */
  static async open(options: SigningKeysOptions): Promise<SigningKeys> {
    const { db, keys, clock } = options
    await inTransaction(db, (tx) => ensureKeys(tx, keys, clock.now()))
    return new SigningKeys(options, await loadKeys(options))
  }

  /** The key that signs now. */
  get current(): SigningKey {
    const nowMs = this.#clock.now().getTime()
    const { signing } = this.#keys
    const current = signing.findLast(({ signsFromMs }) => signsFromMs <= nowMs) ?? signing[0]
    if (!current) throw new Error('There is no signing key')
    return current
  }

  /** The published keys, RFC 7517 §5. */
  get jwks(): JSONWebKeySet {
    return this.#keys.jwks
  }

  get successorSecret(): Buffer {
    return this.#keys.successorSecret
  }

  /** The public key named `kid`. One that is not known yet may have been made by another server. */
  async findPublicKey(kid: string): Promise<CryptoKey | undefined> {
    const known = this.#keys.publicKeys.get(kid)
    if (known) return known
    await this.#reloadIfOld()
    return this.#keys.publicKeys.get(kid)
  }

  /** Whether what the key named `kid` has signed still counts, as far as this server knows. */
  has(kid: string): boolean {
    return this.#keys.publicKeys.has(kid)
  }

  /** Makes the next key and lets go of old ones where it is time; takes what other servers have changed. */
  async keep(): Promise<void> {
    const { db, keys } = this.#store
    await inTransaction(db, (tx) => rotateDueKeys(tx, keys, this.#clock.now()))
    await this.reload()
  }

  /** Takes what another process has changed. */
  async reload(): Promise<void> {
    this.#keys = await loadKeys(this.#store)
    this.#loadedAtMs = this.#clock.now().getTime()
  }

  /** Names of keys come from strangers, so they cannot make us ask the database at will. */
  async #reloadIfOld(): Promise<void> {
    const ageMs = this.#clock.now().getTime() - this.#loadedAtMs
    if (!this.#reload && ageMs >= 0 && ageMs < reloadIntervalMs) return
    this.#reload ??= this.reload().finally(() => {
      this.#reload = undefined
    })
    await this.#reload
  }
}

async function loadKeys({ db, keys }: SigningKeyStore): Promise<LoadedKeys> {
  const rows = await db.kysely
    .selectFrom('signing_keys')
    .selectAll()
    .orderBy('signs_from')
    .orderBy('kid')
    .execute()
  const rowsOfKeys = rows.filter((row) => row.algorithm === signingAlgorithm)
  const secret = rows.find((row) => row.kid === successorKey.kid)
  if (rowsOfKeys.length === 0 || !secret)
    throw new Error('The signing keys have vanished from the database')
  const publicKeys = new Map<string, CryptoKey>()
  const signing: SigningKey[] = []
  for (const row of rowsOfKeys) {
    publicKeys.set(row.kid, await importKey(row.public_jwk))
    const privateJwk = await openPrivateKey(keys, row)
    const privateKey = await importKey(privateJwk)
    const jwk = describeKey(row.kid, privateJwk)
    signing.push({ kid: row.kid, jwk, privateKey, signsFromMs: row.signs_from.getTime() })
  }
  return {
    signing,
    publicKeys,
    jwks: { keys: rowsOfKeys.map((row) => describeKey(row.kid, row.public_jwk)) },
    successorSecret: Buffer.from(String((await openPrivateKey(keys, secret)).k), 'base64url'),
  }
}

function describeKey(kid: string, jwk: JWK): JWK {
  return { ...jwk, kid, alg: signingAlgorithm, use: 'sig' }
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, signingAlgorithm)
  if (key instanceof Uint8Array) throw new Error('A signing key is not asymmetric')
  return key
}
