import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Database } from '../db/database.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { DevMailbox } from './dev-mailbox.ts'
import { MailWorker, type MailWorkerOptions } from './mail-worker.ts'
import { openMailer, type MailConfig } from './open-mailer.ts'
import { Outbox } from './outbox.ts'

export interface MailService extends AsyncDisposable {
  readonly outbox: Outbox
  readonly worker: MailWorker
  /** Where mails are kept that go nowhere; unset in earnest. */
  readonly mailbox: DevMailbox | undefined
}

export interface MailServiceOptions extends Pick<
  MailWorkerOptions,
  'metrics' | 'pollMs' | 'firstRetryMs' | 'breakerPauseMs'
> {
  readonly db: Database
  readonly keys: Pick<KeyRing, 'currentKey' | 'getKey'>
  readonly clock: Clock
  readonly log: Logger
  readonly config: MailConfig
}

/** Mails from the outbox to people. The worker is started by the caller, when all requests have an answer. */
export async function openMail({ config, ...options }: MailServiceOptions): Promise<MailService> {
  const { mailer, mailbox } = await openMailer(config)
  const outbox = new Outbox(options)
  const worker = new MailWorker({ ...options, outbox, mailer })
  return {
    outbox,
    worker,
    mailbox,
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]()
      await mailer?.[Symbol.asyncDispose]()
    },
  }
}
