import { listSigningKeys, type SigningKeyState } from '#features/identity/index.ts'
import type { AdminCommand, AdminContext } from './admin-command.ts'
import { parseOptions } from './parse-options.ts'

/** Never shows a private part. */
export const signingKeysShow: AdminCommand = {
  name: 'signing-keys show',
  summary: 'shows which keys sign tokens, and from when',
  usage: `Shows the keys that access tokens are signed with: those that are published, and which of them signs.

Usage: npm run admin -- signing-keys show
`,
  parse(args) {
    parseOptions(args, {})
    return async ({ db, print }) =>
      printSigningKeys(await listSigningKeys(db.kysely, new Date()), print)
  },
}

export function printSigningKeys(
  keys: readonly SigningKeyState[],
  print: AdminContext['print'],
): void {
  if (keys.length === 0) print('The database has no signing keys yet: start the server once.')
  for (const { kid, signsFrom, state } of keys) {
    const at = signsFrom.toISOString()
    const words = {
      next: `published, signs from ${at}`,
      current: `signs since ${at}`,
      old: 'no longer signs, still counts',
    }
    print(`${kid}  ${words[state]}`)
  }
}
