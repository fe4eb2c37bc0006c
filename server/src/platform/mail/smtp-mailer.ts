import { createTransport } from 'nodemailer'
import type { Mail } from './mail.ts'
import { MailDeferredError, MailRefusedError, type Mailer } from './mailer.ts'

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
      throw translate(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transport.close()
    return Promise.resolve()
  }
}

/** "Service not available, closing transmission channel": whatever the mail is. */
const goingDown = 421

/** The commands whose answer is about this mail. That the sender is refused may be mended by the operator. */
const commandsOfMail: readonly unknown[] = ['RCPT TO', 'DATA']

/** What a server says of this mail, for good or for now (RFC 5321 §4.2.1), told from what it says of itself. */
function translate(error: unknown): unknown {
  const { responseCode = 0, code, command, message } = error as SmtpError
  const isAnswer = code === 'EENVELOPE' || code === 'EMESSAGE'
  if (!isAnswer || responseCode === goingDown) return error
  const isForGood = responseCode >= 500 && commandsOfMail.includes(command)
  return isForGood
    ? new MailRefusedError(message, { cause: error })
    : new MailDeferredError(message, { cause: error })
}

interface SmtpError {
  readonly responseCode?: number
  readonly code?: string
  readonly command?: string
  readonly message: string
}

function domainOf(from: string): string {
  return /@([^\s>]+)/.exec(from)?.[1] ?? 'localhost'
}
