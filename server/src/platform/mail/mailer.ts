import type { Mail } from './mail.ts'

/** A way to bring mails to people. */
export interface Mailer extends AsyncDisposable {
  /**
   * Resolves when the next server has taken the mail. Throws `MailRefusedError` when it never will,
   * `MailDeferredError` when it is there and may take this one later, and anything else when it may be down.
   */
  send(mail: Mail): Promise<void>
}

/** The mail is not wanted: trying again would change nothing. */
export class MailRefusedError extends Error {
  override readonly name = 'MailRefusedError'
}

/** The mail is not taken just now, for a reason of its own: others may be. */
export class MailDeferredError extends Error {
  override readonly name = 'MailDeferredError'
}
