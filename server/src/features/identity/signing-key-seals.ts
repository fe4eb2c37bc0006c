import type { JWK } from 'jose'
import { seal, unseal } from '@cloudsync/storage'
import { sql, type Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { KeyRing } from '#platform/keys/key-ring.ts'

export type SealingKeys = Pick<KeyRing, 'currentKey' | 'getKey'>

/** A private key as its table has it; plain until the first start of a version that seals it. */
export interface StoredPrivateKey {
  readonly kid: string
  readonly private_jwk: JWK | null
  readonly sealed: Buffer | null
  readonly key_id: number | null
}

/** Sealed: key `signing-key:<kid>`, context `signing key <kid>`, the JWK as JSON in UTF-8. */
export function sealPrivateKey(keys: SealingKeys, kid: string, jwk: JWK) {
  const { id, key } = keys.currentKey(purposeOf(kid))
  return { sealed: seal(key, Buffer.from(JSON.stringify(jwk)), contextOf(kid)), key_id: id }
}

export async function openPrivateKey(
  keys: SealingKeys,
  { kid, private_jwk: plain, sealed, key_id: keyId }: StoredPrivateKey,
): Promise<JWK> {
  if (plain) return plain
  if (!sealed || keyId === null) throw new Error(`The signing key ${kid} has no private part`)
  const bytes = unseal(await keys.getKey(keyId, purposeOf(kid)), sealed, contextOf(kid))
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as JWK
}

/**
 * Seals those that a version before migration 17 has left plain. They stay what they are, so that nobody notices. The
 * table is written anew: what an update replaces would lie in its file until something else takes the place.
 */
export async function sealPlainKeys(tx: Transaction<Schema>, keys: SealingKeys): Promise<void> {
  const rows = await tx.selectFrom('signing_keys').selectAll().execute()
  if (rows.every((row) => row.private_jwk === null)) return
  await sql`TRUNCATE signing_keys`.execute(tx)
  for (const { private_jwk: plain, public_jwk: publicJwk, ...row } of rows)
    await tx
      .insertInto('signing_keys')
      .values({
        ...row,
        ...(plain ? sealPrivateKey(keys, row.kid, plain) : {}),
        public_jwk: JSON.stringify(publicJwk),
      })
      .execute()
}

function purposeOf(kid: string): string {
  return `signing-key:${kid}`
}

function contextOf(kid: string): Uint8Array {
  return Buffer.from(`signing key ${kid}`)
}
