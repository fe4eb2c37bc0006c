import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { randomBytes } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { Database } from '#platform/db/database.ts'
import { sendNotice } from '#platform/db/notices.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { sealPlainKeys, sealPrivateKey, type SealingKeys } from './signing-key-seals.ts'

export const signingAlgorithm = 'ES256'

/** The key that successors of refresh tokens are derived with; it never signs and is never published. */
export const successorKey = { kid: 'refresh-token-successors', algorithm: 'HS256' } as const

/** No token that we sign lives longer. */
export const longestTokenSeconds = 3_600

/** The notice to servers that they have to read the keys anew. */
export const signingKeysChanged = 'signing_keys_changed'

/**
 * The life of a key. Nobody is signed out by the change: whoever keeps a copy of the published keys has the next one
 * before it signs, and the one before counts as long as there may be a token of it.
 *
 *     made ──an hour──▶ signs ──90 days──▶ the next one signs ──70 min──▶ deleted
 *     └─────────────────────────────── published ─────────────────────────────┘
 */
const signsForMs = 90 * 24 * 3600 * 1000
/** The published set may be kept for 5 minutes (`max-age`), and servers look for changes every 5. */
const publishedBeforeMs = 3600 * 1000
const verifiesForMs = (longestTokenSeconds + 600) * 1000

export interface SigningKeyState {
  readonly kid: string
  readonly algorithm: string
  readonly createdAt: Date
  readonly signsFrom: Date
  /** `next`: published, and signs later; `old`: what it has signed is good for a while yet. */
  readonly state: 'next' | 'current' | 'old'
}

/** Where signing keys are kept, and what they are sealed with. */
export interface SigningKeyStore {
  readonly db: Database
  readonly keys: SealingKeys
}

/** Makes the keys where there are none, and seals those that lie plain. */
export async function ensureKeys(
  tx: Transaction<Schema>,
  keys: SealingKeys,
  now: Date,
): Promise<void> {
  await lockKeys(tx)
  await sealPlainKeys(tx, keys)
  const rows = await tx.selectFrom('signing_keys').select(['algorithm']).execute()
  const has = (algorithm: string) => rows.some((row) => row.algorithm === algorithm)
  if (!has(signingAlgorithm)) await insertKey(tx, keys, await makeSigningKey(), now)
  if (!has(successorKey.algorithm)) {
    const secret = { kty: 'oct', k: randomBytes(32).toString('base64url') }
    await insertKey(tx, keys, { ...successorKey, privateJwk: secret, publicJwk: {} }, now)
  }
}

/**
 * Makes the next key when the present one has nearly signed for long enough, and deletes those that are over. Seals
 * what a server or a command of a version before has made meanwhile.
 */
export async function rotateDueKeys(
  tx: Transaction<Schema>,
  keys: SealingKeys,
  now: Date,
): Promise<void> {
  await lockKeys(tx)
  await sealPlainKeys(tx, keys)
  const known = await listKeys(tx, now)
  const newest = known.at(-1)
  const isDue =
    newest && newest.signsFrom.getTime() + signsForMs - publishedBeforeMs <= now.getTime()
  if (isDue) await addNextKey(tx, keys, now)
  await deleteOver(tx, known, now)
}

/** Publishes a key that signs in an hour, at the wish of an operator; one that is waiting already will do. */
export async function rotateSigningKeys(
  { db, keys }: SigningKeyStore,
  now: Date,
): Promise<SigningKeyState[]> {
  const states = await inTransaction(db, async (tx) => {
    await lockKeys(tx)
    const newest = (await listKeys(tx, now)).at(-1)
    if (!newest || newest.signsFrom <= now) await addNextKey(tx, keys, now)
    return listKeys(tx, now)
  })
  await tellServers(db)
  return states
}

/** After a key has leaked: one that signs at once takes the place of all, and what they have signed is void. */
export async function replaceSigningKeys(
  { db, keys }: SigningKeyStore,
  now: Date,
): Promise<SigningKeyState[]> {
  const states = await inTransaction(db, async (tx) => {
    await lockKeys(tx)
    await tx.deleteFrom('signing_keys').where('algorithm', '=', signingAlgorithm).execute()
    await insertKey(tx, keys, await makeSigningKey(), now)
    return listKeys(tx, now)
  })
  await tellServers(db)
  return states
}

/** Those that are published, in the order in which they sign. */
export async function listKeys(db: Database['kysely'], now: Date): Promise<SigningKeyState[]> {
  const keys = await db
    .selectFrom('signing_keys')
    .select(['kid', 'algorithm', 'created_at as createdAt', 'signs_from as signsFrom'])
    .where('algorithm', '=', signingAlgorithm)
    .orderBy('signs_from')
    .orderBy('kid')
    .execute()
  const current = keys.findLastIndex(({ signsFrom }) => signsFrom <= now)
  return keys.map((key, index) => ({
    ...key,
    state: index > current ? 'next' : index === current ? 'current' : 'old',
  }))
}

async function lockKeys(tx: Transaction<Schema>): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('cloudsync signing keys', 0))`.execute(tx)
}

async function addNextKey(tx: Transaction<Schema>, keys: SealingKeys, now: Date): Promise<void> {
  await insertKey(tx, keys, await makeSigningKey(), new Date(now.getTime() + publishedBeforeMs))
}

async function deleteOver(tx: Transaction<Schema>, keys: readonly SigningKeyState[], now: Date) {
  const over = keys.filter((_, index) => {
    const next = keys[index + 1]
    return next && next.signsFrom.getTime() + verifiesForMs <= now.getTime()
  })
  if (over.length === 0) return
  const kids = over.map(({ kid }) => kid)
  await tx.deleteFrom('signing_keys').where('kid', 'in', kids).execute()
}

function tellServers(db: Database): Promise<void> {
  return sendNotice(db.pool, { from: 'admin', kind: signingKeysChanged, body: {} })
}

interface NewKey {
  readonly kid: string
  readonly algorithm: string
  readonly privateJwk: JWK
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

async function insertKey(
  tx: Transaction<Schema>,
  keys: SealingKeys,
  key: NewKey,
  signsFrom: Date,
): Promise<void> {
  await tx
    .insertInto('signing_keys')
    .values({
      kid: key.kid,
      algorithm: key.algorithm,
      public_jwk: JSON.stringify(key.publicJwk),
      signs_from: signsFrom,
      ...sealPrivateKey(keys, key.kid, key.privateJwk),
    })
    .execute()
}
