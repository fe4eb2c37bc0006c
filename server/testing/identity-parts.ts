import type { Logger } from 'pino'
import type { Clock } from '../src/platform/clock.ts'
import type { Database } from '../src/platform/db/database.ts'
import { openMail } from '../src/platform/mail/open-mail.ts'
import { noNotices } from './alone.ts'
import { openTestKeys } from './test-keys.ts'

/** What an identity stands on, alone in its process and without mails. */
export async function openIdentityParts(parts: {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
}) {
  const keys = await openTestKeys(parts.db)
  const mail = await openMail({ ...parts, keys, config: { kind: 'none' } })
  return { ...parts, keys, mail, notices: noNotices, publicUrl: () => 'https://cs.test' }
}
