import type { MailDraft } from '#platform/mail/mail.ts'

/** Whom a mail is for. */
export interface Addressee {
  readonly email: string
  readonly name?: string | undefined
}

const ignoring = 'If you did not ask for this, you need not do anything.'
const alarming =
  'If it was not you, reset your password at once, and look through your sessions and tokens in the settings.'

/** What accounts are told by mail. Links lead to `PUBLIC_URL`, whatever a request says of its host. */
export class AccountMails {
  readonly #publicUrl: () => string

  /** `publicUrl` is asked when a link is made: before, the server may not know where it listens. */
  constructor(publicUrl: () => string) {
    this.#publicUrl = publicUrl
  }

  /** The secret stands in the fragment, which browsers send to nobody. */
  link(page: 'join' | 'reset-password' | 'verify-email', token: string): string {
    return `${this.#publicUrl()}/${page}#${token}`
  }

  invitation(to: Addressee, invitedBy: string, token: string): MailDraft {
    return {
      to: to.email,
      subject: 'You are invited to CloudSync',
      paragraphs: [
        `${invitedBy} invites you to ${this.#place()}, where you keep files in step and write texts together.`,
      ],
      action: { label: 'Make your account', url: this.link('join', token) },
      closing: 'The link works once, within seven days.',
    }
  }

  signUp(to: Addressee, token: string): MailDraft {
    return {
      to: to.email,
      subject: 'Finish your sign-up to CloudSync',
      paragraphs: [`You asked for an account at ${this.#place()}. This address is yours; go on:`],
      action: { label: 'Make your account', url: this.link('join', token) },
      closing: `The link works once, within a day. ${ignoring}`,
    }
  }

  signUpAgain(to: Addressee): MailDraft {
    return {
      to: to.email,
      subject: 'You have an account at CloudSync already',
      greeting: to.name,
      paragraphs: [
        `Somebody asked for an account at ${this.#place()} with your address. You have one already: sign in, or reset your password.`,
      ],
      action: { label: 'Sign in', url: this.#publicUrl() },
      closing: ignoring,
    }
  }

  passwordReset(to: Addressee, token: string): MailDraft {
    return {
      to: to.email,
      subject: 'Reset your password for CloudSync',
      greeting: to.name,
      paragraphs: [`Choose a new password for your account at ${this.#place()}.`],
      action: { label: 'Choose a password', url: this.link('reset-password', token) },
      closing: `The link works once, within an hour. ${ignoring}`,
    }
  }

  passwordChanged(to: Addressee): MailDraft {
    return this.#notice(to, 'Your password was changed', [
      `The password of your account at ${this.#place()} was changed, and everybody who was signed in elsewhere has been signed out.`,
    ])
  }

  emailChange(to: Addressee, token: string): MailDraft {
    return {
      to: to.email,
      subject: 'Confirm your new address for CloudSync',
      greeting: to.name,
      paragraphs: [`From now on you want to sign in at ${this.#place()} with this address.`],
      action: { label: 'Confirm the address', url: this.link('verify-email', token) },
      closing: `The link works once, within a day. ${ignoring}`,
    }
  }

  /** To the old address. */
  emailChanged(to: Addressee, newEmail: string): MailDraft {
    return this.#notice(to, 'Your address was changed', [
      `Your account at ${this.#place()} has a new e-mail address now: ${newEmail}. Nothing more is sent to this one.`,
    ])
  }

  secondFactor(to: Addressee, what: string): MailDraft {
    return this.#notice(to, what, [`${what} for your account at ${this.#place()}.`])
  }

  #notice(to: Addressee, subject: string, paragraphs: readonly string[]): MailDraft {
    return { to: to.email, subject, greeting: to.name, paragraphs, closing: alarming }
  }

  #place(): string {
    return new URL(this.#publicUrl()).host
  }
}
