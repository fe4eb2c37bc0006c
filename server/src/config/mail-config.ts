import type { MailConfig } from '#platform/mail/open-mailer.ts'
import { ConfigError, type Env } from './env.ts'

/** How mails go out. Throws a `ConfigError` when there are two ways, or the mailbox stands beside one. */
export function mailConfig(env: Env): MailConfig {
  const { SMTP_URL: url, SENDGRID_API_KEY: apiKey, DEV_MAILBOX: hasMailbox } = env
  if (url !== undefined && apiKey !== undefined)
    throw new ConfigError(['SMTP_URL, SENDGRID_API_KEY: set one of them'])
  if (hasMailbox && (url ?? apiKey) !== undefined)
    throw new ConfigError(['DEV_MAILBOX: it keeps mails that go nowhere; unset it, or the way out'])
  const from = env.MAIL_FROM ?? defaultFrom(env.PUBLIC_URL)
  if (url !== undefined) return { kind: 'smtp', url, from }
  if (apiKey !== undefined) return { kind: 'sendgrid', apiKey, from }
  return { kind: hasMailbox ? 'mailbox' : 'none' }
}

function defaultFrom(publicUrl: string | undefined): string {
  const host = publicUrl === undefined ? 'localhost' : new URL(publicUrl).hostname
  return `CloudSync <no-reply@${host}>`
}
