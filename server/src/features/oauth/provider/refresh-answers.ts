import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Provider } from 'oidc-provider'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { hashSecret } from '#platform/secret-token.ts'

export interface RefreshAnswersOptions {
  readonly db: Database
  readonly clock: Clock
}

const graceMs = 20_000
/** How long a request waits for the answer of another with the same token. */
const patienceMs = 3_000
const pollMs = 25
const kind = 'RefreshToken'
const nonceBytes = 12
const tagBytes = 16

/**
 * Repeated uses of a refresh token:
 *
 *     n ──used──▶ n+1 ──used──▶ n+2
 *     │
 *     ├─ again within 20 s, and n+1 is still unused ─▶ the same answer, with the same n+1
 *     └─ again later, or n+1 was used               ─▶ the token was stolen: the grant ends
 *
 * A client whose answer got lost, and two threads that refresh at once, repeat their request; there is never
 * a second family. The answer is kept sealed with a key that is derived from the token itself, so that only
 * who has the token can read it.
 */
export class RefreshAnswers {
  readonly #options: RefreshAnswersOptions

  constructor(options: RefreshAnswersOptions) {
    this.#options = options
  }

  /** Whether a token that was used may still be asked for the answer that it gave. */
  async isRepeatable(token: string): Promise<boolean> {
    const row = await this.#find(token)
    return row !== undefined
  }

  async keep(token: string, answer: unknown): Promise<void> {
    await this.#options.db.kysely
      .updateTable('oauth_records')
      .set({ answer: seal(token, JSON.stringify(answer)) })
      .where('kind', '=', kind)
      .where('id_hash', '=', hashSecret(token))
      .execute()
  }

  /** What a token gave, once that is known. */
  async find(token: string): Promise<unknown> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const row = await this.#find(token)
      if (!row) return undefined
      if (row.answer) return JSON.parse(open(token, row.answer))
      if (performance.now() > deadline) return undefined
      await pause(pollMs)
    }
  }

  /** When a token is used, those before it give no answer any more. */
  async forgetOlder(grantId: string, token: string): Promise<void> {
    await this.#options.db.kysely
      .updateTable('oauth_records')
      .set({ answer: null, consumed_at: new Date(0) })
      .where('kind', '=', kind)
      .where('grant_id', '=', grantId)
      .where('consumed_at', 'is not', null)
      .where('id_hash', '!=', hashSecret(token))
      .execute()
  }

  #find(token: string) {
    const { db, clock } = this.#options
    return db.kysely
      .selectFrom('oauth_records')
      .select('answer')
      .where('kind', '=', kind)
      .where('id_hash', '=', hashSecret(token))
      .where('consumed_at', '>', new Date(clock.now().getTime() - graceMs))
      .executeTakeFirst()
  }
}

/** Says of the request under way that another has used its refresh token just now. */
export function noteRepetition(): void {
  const context = Provider.ctx
  if (context) context.state['isRepetition'] = true
}

function keyOf(token: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token, '', 'cloudsync refresh answer', 32))
}

function seal(token: string, text: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', keyOf(token), nonce)
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
}

function open(token: string, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(token), sealed.subarray(0, nonceBytes))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  const text = decipher.update(sealed.subarray(nonceBytes, -tagBytes))
  return Buffer.concat([text, decipher.final()]).toString()
}
