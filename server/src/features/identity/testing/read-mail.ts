import assert from 'node:assert/strict'
import type { KeptMail } from '#platform/mail/dev-mailbox.ts'
import type { MailService } from '#platform/mail/open-mail.ts'

export interface Mailed {
  readonly mail: MailService
}

/** The mails that an address was sent by now, the latest first. */
export async function mailsTo({ mail }: Mailed, address: string): Promise<readonly KeptMail[]> {
  await mail.worker.flush()
  return (mail.mailbox?.list() ?? []).filter(({ to }) => to === address)
}

/** The secret in the link of the latest mail to an address. */
export async function mailedToken(mailed: Mailed, address: string): Promise<string> {
  const [mail] = await mailsTo(mailed, address)
  const token = /#([\w-]{43})\s/.exec(mail?.text ?? '')?.[1]
  assert.ok(token !== undefined, `no link was mailed to ${address}`)
  return token
}
