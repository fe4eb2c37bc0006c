import type { Mail } from './mail.ts'
import type { Mailer } from './mailer.ts'

export interface KeptMail extends Mail {
  readonly sentAt: Date
}

const maxKept = 100

/** Sends nothing: keeps the latest mails in memory, for who develops or tries the product. */
export class DevMailbox implements Mailer {
  readonly #mails: KeptMail[] = []

  send(mail: Mail): Promise<void> {
    this.#mails.unshift({ ...mail, sentAt: new Date() })
    this.#mails.length = Math.min(this.#mails.length, maxKept)
    return Promise.resolve()
  }

  /** The latest first. */
  list(): readonly KeptMail[] {
    return [...this.#mails]
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
