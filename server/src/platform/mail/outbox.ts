import { seal, unseal } from '@cloudsync/storage'
import type { Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '../clock.ts'
import type { Schema } from '../db/schema.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { writeMail, type Mail, type MailDraft } from './mail.ts'

/** What waits in the outbox: a mail, or the wish for one that is looked into later. */
export type Letter =
  | { readonly kind: 'mail'; readonly mail: Mail }
  | { readonly kind: 'request'; readonly name: string; readonly payload: LetterPayload }

export type LetterPayload = Readonly<Record<string, string>>

export interface QueueOptions {
  /** After this time it is not worth sending any more. */
  readonly ttlMs: number
}

export interface OutboxOptions {
  readonly keys: Pick<KeyRing, 'currentKey' | 'getKey'>
  readonly clock: Clock
}

/** A letter as its table has it. */
export interface StoredLetter {
  readonly id: string
  readonly sealed: Buffer
  readonly keyId: number
}

/**
 * Mails on their way, written in the transaction that causes them, so that neither is without the other.
 * They hold secret links and are sealed: key `mail:<id>`, context `mail <id>`, the letter as JSON in UTF-8.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #listeners: (() => void)[] = []

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  async queueMail(tx: Transaction<Schema>, draft: MailDraft, options: QueueOptions): Promise<void> {
    const id = uuidv7()
    await this.#insert(tx, id, { kind: 'mail', mail: writeMail(id, draft) }, options)
  }

  /**
   * Asks for a mail of which it is found out later whether there is one at all: who asks for it waits the
   * same time whatever is true of the address.
   */
  async queueRequest(
    tx: Transaction<Schema>,
    name: string,
    payload: LetterPayload,
    options: QueueOptions,
  ): Promise<void> {
    await this.#insert(tx, uuidv7(), { kind: 'request', name, payload }, options)
  }

  /** Puts the mail in the place of the request that it answers. */
  async replaceByMail(tx: Transaction<Schema>, id: string, draft: MailDraft): Promise<Mail> {
    const mail = writeMail(id, draft)
    await tx
      .updateTable('mail_outbox')
      .set(this.#seal(id, { kind: 'mail', mail }))
      .where('id', '=', id)
      .execute()
    return mail
  }

  async open({ id, sealed, keyId }: StoredLetter): Promise<Letter> {
    const key = await this.#options.keys.getKey(keyId, purposeOf(id))
    const plain = unseal(key, sealed, contextOf(id))
    return JSON.parse(Buffer.from(plain).toString('utf8')) as Letter
  }

  /** Calls `listener` when something was put in; its transaction may go on a little. */
  onQueued(listener: () => void): void {
    this.#listeners.push(listener)
  }

  async #insert(
    tx: Transaction<Schema>,
    id: string,
    letter: Letter,
    { ttlMs }: QueueOptions,
  ): Promise<void> {
    const now = this.#options.clock.now()
    await tx
      .insertInto('mail_outbox')
      .values({
        id,
        ...this.#seal(id, letter),
        due_at: now,
        expires_at: new Date(now.getTime() + ttlMs),
      })
      .execute()
    for (const listener of this.#listeners) listener()
  }

  #seal(id: string, letter: Letter): { sealed: Uint8Array; key_id: number } {
    const { id: keyId, key } = this.#options.keys.currentKey(purposeOf(id))
    const plain = Buffer.from(JSON.stringify(letter), 'utf8')
    return { sealed: seal(key, plain, contextOf(id)), key_id: keyId }
  }
}

function purposeOf(id: string): string {
  return `mail:${id}`
}

function contextOf(id: string): Uint8Array {
  return Buffer.from(`mail ${id}`)
}
