import { pageSchema, mailboxItemSchema, type MailboxItem, type Page } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** What would have been sent, where nothing is: only with the mailbox for development. */
export function getMailbox({ mailbox }: IdentityRoutesContext) {
  return endpoint({
    summary: 'The mails that were written, where none are sent',
    answers: { 200: pageSchema(mailboxItemSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/admin/mailbox',
    access: 'admin',
    async handle() {
      if (!mailbox) throw new ProblemError('not_found')
      const items = mailbox
        .list()
        .map(({ sentAt, ...mail }) => ({ ...mail, sentAt: sentAt.toISOString() }))
      return json({ items, nextCursor: null } satisfies Page<MailboxItem>)
    },
  })
}
