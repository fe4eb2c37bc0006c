import { replaceSigningKeys, rotateSigningKeys } from '#features/identity/index.ts'
import { openKeyRing } from '#platform/keys/key-ring.ts'
import { MasterKeyFile } from '#platform/keys/master-key-file.ts'
import type { AdminCommand } from './admin-command.ts'
import { parseOptions } from './parse-options.ts'
import { printSigningKeys } from './signing-keys-show.ts'

export const signingKeysRotate: AdminCommand = {
  name: 'signing-keys rotate',
  summary: 'makes another key that tokens are signed with; nobody is signed out',
  usage: `Publishes another key, with which tokens are signed an hour later. The one before counts until the last token
of it has ended. Servers do this by themselves every 90 days; they may run meanwhile.

Usage: npm run admin -- signing-keys rotate [--leaked]

  --leaked  the present keys are in wrong hands: the new one signs at once, and whatever was signed before is
            void. Browsers do not notice; programs refresh their tokens as if these had expired
`,
  parse(args) {
    const { leaked } = parseOptions(args, { leaked: { type: 'boolean', default: false } })
    return async ({ config, db, print }) => {
      const keys = await openKeyRing(db, new MasterKeyFile(config.masterKey))
      const change = leaked ? replaceSigningKeys : rotateSigningKeys
      printSigningKeys(await change({ db, keys }, new Date()), print)
    }
  },
}
