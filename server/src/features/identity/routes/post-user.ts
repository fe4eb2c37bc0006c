import { createUserRequestSchema, userSchema } from '@cloudsync/protocol'
import { inTransaction } from '#platform/db/transaction.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { createAccount } from '../accounts.ts'
import { printableNameSchema } from '../printable-name.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

/** An administrator makes an account for a colleague. */
export function postUser({ db, passwords, spaceDefaults }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Make an account',
    answers: { 201: userSchema },
    problems: ['id_taken'],
    method: 'post',
    path: '/users',
    access: 'admin',
    body: createUserRequestSchema.extend({ name: printableNameSchema }),
    limit: { requests: 300, windowSeconds: 60 },
    async handle({ caller, body }) {
      const { email, name } = body
      const passwordHash = await passwords.hash(body.password)
      const createdBy = caller.userId
      const account = { email, name, passwordHash, isAdmin: false, createdBy, spaceDefaults }
      const user = await inTransaction(db, (tx) => createAccount(tx, account))
      if (!user)
        throw new ProblemError('id_taken', { detail: 'The e-mail address has an account already' })
      return json(user, { status: 201 })
    },
  })
}
