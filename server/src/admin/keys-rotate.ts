import { MasterKeyFile } from '#platform/keys/master-key-file.ts'
import { rotateMasterKey } from '#platform/keys/rotate-master-key.ts'
import type { AdminCommand } from './admin-command.ts'
import { parseOptions } from './parse-options.ts'

export const keysRotate: AdminCommand = {
  name: 'keys rotate',
  summary: 'puts another master key in the place of the present one',
  usage: `Wraps all data keys under another master key, which then lies where the present one does.
No data is written anew, and servers may run meanwhile. When this is broken off, the database and
the keys fit together all the same; give the command again.

Usage: npm run admin -- keys rotate [--new-key-file <path>] [--new-data-key] [--delete-old-key]

  --new-key-file <path>  takes the new master key from this file; without it, one is made
  --new-data-key         makes a new data key too, for all that is written from now on
  --delete-old-key       deletes the present master key; without it, it is kept as
                         <file>.<fingerprint>.old, since backups from before need it
`,
  parse(args) {
    const options = parseOptions(args, {
      'new-key-file': { type: 'string' },
      'new-data-key': { type: 'boolean', default: false },
      'delete-old-key': { type: 'boolean', default: false },
    })
    return async ({ config, db, print }) => {
      const rotation = await rotateMasterKey({
        clientConfig: db.clientConfig,
        file: new MasterKeyFile(config.masterKey),
        newKeyFile: options['new-key-file'],
        makesDataKey: options['new-data-key'],
        deletesOldKey: options['delete-old-key'],
      })
      const { oldFingerprint, newFingerprint, keyPath, newDataKeyId } = rotation
      print(`master key  ${newFingerprint}  ${keyPath}`)
      print(`It has taken the place of ${oldFingerprint} for ${rotation.rewrapped} data key(s).`)
      if (newDataKeyId !== undefined) print(`data key ${newDataKeyId}  current`)
      print('Back it up apart from the data: without it nothing can be read.')
    }
  },
}
