import type { Mail } from './mail.ts'

/** A way to bring mails to people. */
export interface Mailer extends AsyncDisposable {
  /**
   * Resolves when the next server has taken the mail. Throws `MailRefusedError` when it never will, and
   * anything else when it may later.
   */
  send(mail: Mail): Promise<void>
}

/** The mail is not wanted: trying again would change nothing. */
export class MailRefusedError extends Error {
  override readonly name = 'MailRefusedError'
}
