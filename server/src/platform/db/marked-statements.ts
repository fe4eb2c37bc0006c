import { sql, type RawBuilder } from 'kysely'

const marks = { withNext: '/* with next */', withCommit: '/* with commit */' } as const

export type Mark = keyof typeof marks

/**
 * Begins a statement of a transaction for whose answer nobody waits: it is sent in one message with the next one that
 * somebody waits for, or with the commit, and in the order in which they were made. It resolves at once and with
 * nothing; what it fails for is thrown by the one with which it is sent.
 */
export const withNext: RawBuilder<unknown> = sql.raw(marks.withNext)

/**
 * Begins the last statement of a transaction, which the commit follows in the same message: what it locks is not held
 * while the answer is on its way to us and the commit on its way back. Whoever makes it does nothing behind it that
 * could fail. When it resolves, the transaction is committed; it throws as a commit.
 */
export const withCommit: RawBuilder<unknown> = sql.raw(marks.withCommit)

/** The mark that a statement begins with, if any, and the statement without it. */
export function unmarked(text: string): { readonly mark: Mark | undefined; readonly text: string } {
  if (!text.startsWith('/*')) return { mark: undefined, text }
  for (const [mark, comment] of Object.entries(marks))
    if (text.startsWith(comment)) return { mark: mark as Mark, text: text.slice(comment.length) }
  return { mark: undefined, text }
}
