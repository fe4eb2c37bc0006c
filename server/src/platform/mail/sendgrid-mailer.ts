import type { Mail } from './mail.ts'
import { MailRefusedError, type Mailer } from './mailer.ts'

export interface SendGridMailerOptions {
  readonly apiKey: string
  readonly from: string
  readonly fetch?: typeof fetch
}

const endpoint = 'https://api.sendgrid.com/v3/mail/send'
const timeoutMs = 20_000

/** Hands mails to SendGrid (https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send). */
export class SendGridMailer implements Mailer {
  readonly #options: SendGridMailerOptions

  constructor(options: SendGridMailerOptions) {
    this.#options = options
  }

  async send(mail: Mail): Promise<void> {
    const { apiKey, from, fetch: send = fetch } = this.#options
    const answer = await send(endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
      body: JSON.stringify({
        personalizations: [{ to: [{ email: mail.to }] }],
        from: parseFrom(from),
        subject: mail.subject,
        content: [
          { type: 'text/plain', value: mail.text },
          { type: 'text/html', value: mail.html },
        ],
        custom_args: { mailId: mail.id },
        // Links hold secrets, which are nobody else's.
        tracking_settings: { click_tracking: { enable: false, enable_text: false } },
      }),
    })
    if (answer.ok) return
    const reason = `SendGrid answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`
    // Of what is wrong with the mail itself; a wrong key may be mended, and a crowd passes.
    if (answer.status === 400 || answer.status === 413) throw new MailRefusedError(reason)
    throw new Error(reason)
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function parseFrom(from: string): { email: string; name?: string } {
  const match = /^\s*(.*?)\s*<([^>]+)>\s*$/.exec(from)
  if (!match) return { email: from.trim() }
  const [, name = '', email = ''] = match
  return name === '' ? { email } : { email, name }
}
