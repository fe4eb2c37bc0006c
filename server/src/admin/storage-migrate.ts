import { openBlobStore, parseStorageUrl } from '@cloudsync/storage'
import { migrateStore } from '#features/contents/index.ts'
import type { AdminCommand } from './admin-command.ts'
import { parseOptions, UsageError } from './parse-options.ts'
import { megabytes } from './storage-show.ts'

const progressEvery = 50

export const storageMigrate: AdminCommand = {
  name: 'storage migrate',
  summary: 'copies everything that is stored to another store',
  usage: `Copies all packs from the store of STORAGE_URL to another one, and reads each copy back. It may be broken
off and given again, and goes on where it was. Nothing is removed. Servers may run meanwhile; at the
end stop them, give the command once more for what came since, and start them with the new STORAGE_URL.

Usage: npm run admin -- storage migrate --to <STORAGE_URL>
`,
  parse(args) {
    const { to: address } = parseOptions(args, { to: { type: 'string' } })
    if (address === undefined) throw new UsageError('--to <STORAGE_URL> is missing')
    return async ({ config, print }) => {
      await using from = await openBlobStore(config.storage)
      await using to = await openBlobStore(parseStorageUrl(address))
      const { copied, kept, bytes } = await migrateStore({
        from,
        to,
        onProgress: (progress) => {
          const seen = progress.copied + progress.kept
          if (seen % progressEvery === 0) print(`${seen} packs, ${megabytes(progress.bytes)}`)
        },
      })
      print(`${copied} packs copied, ${kept} were there: ${megabytes(bytes)}, all read back.`)
    }
  },
}
