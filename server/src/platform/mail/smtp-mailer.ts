import { createTransport } from 'nodemailer'
import type { Mail } from './mail.ts'
import { MailRefusedError, type Mailer } from './mailer.ts'

export interface SmtpMailerOptions {
  /** `smtp://user:password@host:587`, or `smtps:` for TLS from the first byte. */
  readonly url: string
  readonly from: string
  /** Of the greeting, and of silence; a mail that takes longer is tried again. */
  readonly timeoutMs?: number
}

const defaultTimeoutMs = 20_000

/** Hands mails to an SMTP server (RFC 5321). A connection per mail: they are few. */
export class SmtpMailer implements Mailer {
  readonly #transport
  readonly #from: string

  constructor({ url, from, timeoutMs = defaultTimeoutMs }: SmtpMailerOptions) {
    this.#from = from
    this.#transport = createTransport({
      url,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // A mail is ours from end to end: no file and no address is read for it.
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }

  async send(mail: Mail): Promise<void> {
    try {
      await this.#transport.sendMail({
        // One mail to one person: an address is never taken for a list.
        to: { name: '', address: mail.to },
        from: this.#from,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        messageId: `<${mail.id}@${domainOf(this.#from)}>`,
        headers: { 'auto-submitted': 'auto-generated' },
      })
    } catch (error) {
      if (isPermanent(error)) throw new MailRefusedError((error as Error).message, { cause: error })
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transport.close()
    return Promise.resolve()
  }
}

/** What a server says of this mail for good (RFC 5321 §4.2.1). A refused sign-in may be mended by the operator. */
function isPermanent(error: unknown): boolean {
  const { responseCode, code } = error as { responseCode?: number; code?: string }
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && (responseCode ?? 0) >= 500
}

function domainOf(from: string): string {
  return /@([^\s>]+)/.exec(from)?.[1] ?? 'localhost'
}
