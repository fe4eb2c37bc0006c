import { emailSchema } from '@cloudsync/protocol'
import { voidSessions } from '#features/identity/index.ts'
import type { AdminCommand } from './admin-command.ts'
import { parseOptions, UsageError } from './parse-options.ts'

export const sessionsEnd: AdminCommand = {
  name: 'sessions end',
  summary: 'signs an account, or everybody, out of everything',
  usage: `Voids all sessions and tokens that were made until now, of programs and apps too. Servers that run close what
was opened with them within a second. People sign in anew with what they have; tokens are made anew.

Usage: npm run admin -- sessions end --user <e-mail>
       npm run admin -- sessions end --everybody
`,
  parse(args) {
    const { user, everybody } = parseOptions(args, {
      user: { type: 'string' },
      everybody: { type: 'boolean', default: false },
    })
    if ((user !== undefined) === everybody) throw new UsageError('Give --user or --everybody')
    const email = user === undefined ? undefined : emailSchema.safeParse(user).data
    if (user !== undefined && email === undefined)
      throw new UsageError(`${user} is no e-mail address`)
    return async ({ db, print }) => {
      const accounts = await voidSessions(db, email)
      if (accounts === 0) throw new Error('There is no such account')
      print(
        `${accounts} ${accounts === 1 ? 'account is' : 'accounts are'} signed out of everything.`,
      )
    }
  },
}
