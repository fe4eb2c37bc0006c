import type { NodeId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '#platform/clock.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { ClaimOwner } from './client-claims.ts'
import type { DocumentSeals } from './document-seals.ts'

export interface QuarantineEntry {
  readonly documentId: NodeId
  readonly submittedBy: ClaimOwner
  readonly reason: string
  readonly clientIds: readonly number[]
  /** Only the beginning of a long one is kept. */
  readonly payload: Uint8Array
}

const maxPayloadBytes = 1024 * 1024
/** What an entry takes beside its payload. */
const entryBytes = 256

/** More than any honest mistake needs, and little enough that nobody fills the disk with it. */
const maxBytesPerDay = 16 * 1024 * 1024
const secondsPerDay = 86_400

const keptDays = 30
/** Kept of one submitter in all documents, and in one document of all submitters. */
const maxKeptBytes = 64 * 1024 * 1024

export interface QuarantineOptions {
  readonly db: Kysely<Schema>
  readonly seals: DocumentSeals
  readonly clock: Clock
}

/** Updates that were refused, or the parts of them that were cut out, for a person to look at. */
export class Quarantine {
  readonly #db: Kysely<Schema>
  readonly #seals: DocumentSeals
  readonly #clock: Clock
  readonly #allowance = new RateLimiterMemory({ points: maxBytesPerDay, duration: secondsPerDay })

  constructor({ db, seals, clock }: QuarantineOptions) {
    this.#db = db
    this.#seals = seals
    this.#clock = clock
  }

  /** Keeps an entry; gives `false` when its submitter has had enough kept today. */
  async keep(entry: QuarantineEntry): Promise<boolean> {
    const payload = entry.payload.slice(0, maxPayloadBytes)
    if (!(await this.#takeAllowance(entry.submittedBy, payload.length + entryBytes))) return false
    const { bytes, keyId } = this.#seals.seal(entry.documentId, 'quarantine', payload)
    await this.#db
      .insertInto('quarantine')
      .values({
        document_id: entry.documentId,
        submitted_by: entry.submittedBy,
        reason: entry.reason,
        client_ids: [...entry.clientIds],
        payload: bytes,
        key_id: keyId,
      })
      .execute()
    return true
  }

  /** Sheds what is older than 30 days, and the oldest where too much is kept of somebody or something. */
  async shed(): Promise<void> {
    const before = new Date(this.#clock.now().getTime() - keptDays * secondsPerDay * 1000)
    await this.#db.deleteFrom('quarantine').where('created_at', '<', before).execute()
    await sql`
      DELETE FROM quarantine WHERE id IN (
        SELECT id FROM (
          SELECT id,
            sum(octet_length(payload) + ${entryBytes}::int8)
              OVER (PARTITION BY submitted_by ORDER BY id DESC) AS of_submitter,
            sum(octet_length(payload) + ${entryBytes}::int8)
              OVER (PARTITION BY document_id ORDER BY id DESC) AS of_document
          FROM quarantine) AS kept
        WHERE of_submitter > ${maxKeptBytes} OR of_document > ${maxKeptBytes})`.execute(this.#db)
  }

  async #takeAllowance(submittedBy: ClaimOwner, bytes: number): Promise<boolean> {
    try {
      await this.#allowance.consume(submittedBy, bytes)
      return true
    } catch (rejection) {
      if (rejection instanceof RateLimiterRes) return false
      throw rejection
    }
  }
}
