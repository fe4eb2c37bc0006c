import { DevMailbox } from './dev-mailbox.ts'
import type { Mailer } from './mailer.ts'

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

/** Loads the adapter that is used, and no other. */
export async function openMailer(config: MailConfig): Promise<OpenedMailer> {
  switch (config.kind) {
    case 'smtp': {
      const { SmtpMailer } = await import('./smtp-mailer.ts')
      return { mailer: new SmtpMailer(config), mailbox: undefined }
    }
    case 'sendgrid': {
      const { SendGridMailer } = await import('./sendgrid-mailer.ts')
      return { mailer: new SendGridMailer(config), mailbox: undefined }
    }
    case 'mailbox': {
      const mailbox = new DevMailbox()
      return { mailer: mailbox, mailbox }
    }
    case 'none':
      return { mailer: undefined, mailbox: undefined }
  }
}
