import { DevMailbox } from './dev-mailbox.ts'
import type { Mailer } from './mailer.ts'
import { SendGridMailer } from './sendgrid-mailer.ts'
import { SmtpMailer } from './smtp-mailer.ts'

export type MailConfig =
  | { readonly kind: 'smtp'; readonly url: string; readonly from: string }
  | { readonly kind: 'sendgrid'; readonly apiKey: string; readonly from: string }
  /** Mails are kept for administrators to look at, and go nowhere. */
  | { readonly kind: 'mailbox' }
  /** Nobody gets mails; links are handed over by administrators. */
  | { readonly kind: 'none' }

export interface OpenedMailer {
  /** Unset: there is no way to send mails. */
  readonly mailer: Mailer | undefined
  readonly mailbox: DevMailbox | undefined
}

export function openMailer(config: MailConfig): OpenedMailer {
  switch (config.kind) {
    case 'smtp':
      return { mailer: new SmtpMailer(config), mailbox: undefined }
    case 'sendgrid':
      return { mailer: new SendGridMailer(config), mailbox: undefined }
    case 'mailbox': {
      const mailbox = new DevMailbox()
      return { mailer: mailbox, mailbox }
    }
    case 'none':
      return { mailer: undefined, mailbox: undefined }
  }
}
