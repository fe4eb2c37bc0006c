import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JSONWebKeySet,
  type JWK,
} from 'jose'
import { randomBytes } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'

export const signingAlgorithm = 'ES256'

/** The key that successors of refresh tokens are derived with; it never signs and is never published. */
const successorKey = { kid: 'refresh-token-successors', algorithm: 'HS256' } as const

const reloadIntervalMs = 5000

export interface SigningKey {
  readonly kid: string
  /** With its private part. */
  readonly jwk: JWK
  readonly privateKey: CryptoKey
}

interface LoadedKeys {
  readonly current: SigningKey
  readonly publicKeys: ReadonlyMap<string, CryptoKey>
  readonly jwks: JSONWebKeySet
  readonly successorSecret: Buffer
}

/** The installation's keys, shared by all servers on its database. */
export class SigningKeys {
  readonly #db: Database
  readonly #clock: Clock
  #keys: LoadedKeys
  #loadedAtMs: number
  #reload: Promise<void> | undefined

  private constructor(db: Database, clock: Clock, keys: LoadedKeys) {
    this.#db = db
    this.#clock = clock
    this.#keys = keys
    this.#loadedAtMs = clock.now().getTime()
  }

  /** Loads the keys, and makes them first when there are none; several servers may start at once. */
  static async open(db: Database, clock: Clock): Promise<SigningKeys> {
    await inTransaction(db, ensureKeys)
    return new SigningKeys(db, clock, await loadKeys(db))
  }

  get current(): SigningKey {
    return this.#keys.current
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

  /** Names of keys come from strangers, so they cannot make us ask the database at will. */
  async #reloadIfOld(): Promise<void> {
    const ageMs = this.#clock.now().getTime() - this.#loadedAtMs
    if (!this.#reload && ageMs >= 0 && ageMs < reloadIntervalMs) return
    this.#reload ??= this.#load().finally(() => {
      this.#reload = undefined
    })
    await this.#reload
  }

  async #load(): Promise<void> {
    this.#keys = await loadKeys(this.#db)
    this.#loadedAtMs = this.#clock.now().getTime()
  }
}

async function ensureKeys(tx: Transaction<Schema>): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('cloudsync signing keys', 0))`.execute(tx)
  const rows = await tx.selectFrom('signing_keys').select(['algorithm']).execute()
  const has = (algorithm: string) => rows.some((row) => row.algorithm === algorithm)
  if (!has(signingAlgorithm)) await insertKey(tx, await makeSigningKey())
  if (!has(successorKey.algorithm)) {
    const secret = { kty: 'oct', k: randomBytes(32).toString('base64url') }
    await insertKey(tx, { ...successorKey, privateJwk: secret, publicJwk: {} })
  }
}

interface NewKey {
  readonly kid: string
  readonly algorithm: string
  readonly privateJwk: JWK | Record<string, string>
  readonly publicJwk: JWK | Record<string, string>
}

async function makeSigningKey(): Promise<NewKey> {
  const pair = await generateKeyPair(signingAlgorithm, { extractable: true })
  const publicJwk = await exportJWK(pair.publicKey)
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    algorithm: signingAlgorithm,
    privateJwk: await exportJWK(pair.privateKey),
    publicJwk,
  }
}

async function insertKey(tx: Transaction<Schema>, key: NewKey): Promise<void> {
  await tx
    .insertInto('signing_keys')
    .values({
      kid: key.kid,
      algorithm: key.algorithm,
      private_jwk: JSON.stringify(key.privateJwk),
      public_jwk: JSON.stringify(key.publicJwk),
    })
    .execute()
}

async function loadKeys(db: Database): Promise<LoadedKeys> {
  const rows = await db.kysely
    .selectFrom('signing_keys')
    .selectAll()
    .orderBy('created_at')
    .orderBy('kid')
    .execute()
  const signing = rows.filter((row) => row.algorithm === signingAlgorithm)
  const secret = rows.find((row) => row.kid === successorKey.kid)
  const newest = signing.at(-1)
  if (!newest || !secret) throw new Error('The signing keys have vanished from the database')
  const publicKeys = new Map<string, CryptoKey>()
  for (const row of signing) publicKeys.set(row.kid, await importKey(row.public_jwk))
  return {
    current: {
      kid: newest.kid,
      jwk: {
        ...(newest.private_jwk as unknown as JWK),
        kid: newest.kid,
        alg: signingAlgorithm,
        use: 'sig',
      },
      privateKey: await importKey(newest.private_jwk),
    },
    publicKeys,
    jwks: {
      keys: signing.map((row) => ({
        ...(row.public_jwk as unknown as JWK),
        kid: row.kid,
        alg: signingAlgorithm,
        use: 'sig',
      })),
    },
    successorSecret: Buffer.from(String(secret.private_jwk['k']), 'base64url'),
  }
}

async function importKey(jwk: Record<string, unknown>): Promise<CryptoKey> {
  const key = await importJWK(jwk as unknown as JWK, signingAlgorithm)
  if (key instanceof Uint8Array) throw new Error('A signing key is not asymmetric')
  return key
}
