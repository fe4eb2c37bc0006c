import { emailSchema } from '@cloudsync/protocol'
import { removeSecondFactors } from '#features/identity/index.ts'
import type { AdminCommand } from './admin-command.ts'
import { parseOptions, UsageError } from './parse-options.ts'

export const secondFactorsRemove: AdminCommand = {
  name: 'second-factors remove',
  summary: 'lets in by the password alone who has lost the rest',
  usage: `Takes the authenticator app, the recovery codes and all passkeys of an account away: for the last administrator,
as others do it in the app. Where two factors are demanded they set new ones up when they sign in.

Usage: npm run admin -- second-factors remove --user <e-mail>
`,
  parse(args) {
    const { user = '' } = parseOptions(args, { user: { type: 'string' } })
    const email = emailSchema.safeParse(user).data
    if (email === undefined) throw new UsageError('Give --user <e-mail>')
    return async ({ db, print }) => {
      if (!(await removeSecondFactors(db, email))) throw new Error('There is no such account')
      print(`${email} signs in by the password alone.`)
    }
  },
}
