import { openBlobStore } from '@cloudsync/storage'
import { contentKeysOf, scrub } from '#features/contents/index.ts'
import { systemClock } from '#platform/clock.ts'
import { openKeyRing } from '#platform/keys/key-ring.ts'
import { MasterKeyFile } from '#platform/keys/master-key-file.ts'
import type { AdminCommand, AdminContext } from './admin-command.ts'
import { parseOptions } from './parse-options.ts'
import { megabytes, printDamagedFiles } from './storage-show.ts'

const packsAtOnce = 16

export const storageScrub: AdminCommand = {
  name: 'storage scrub',
  summary: 'reads everything that is stored and names what is damaged',
  usage: `Reads every pack in the store and checks each chunk in it. Servers may run meanwhile; they do the same
for themselves, a hundredth a day. What is damaged is stored anew when the same bytes are uploaded again.

Usage: npm run admin -- storage scrub
`,
  parse(args) {
    parseOptions(args, {})
    return scrubAll
  },
}

async function scrubAll({ config, db, print }: AdminContext): Promise<void> {
  await using store = await openBlobStore(config.storage)
  const keys = contentKeysOf(await openKeyRing(db, new MasterKeyFile(config.masterKey)))
  const before = systemClock.now()
  let packs = 0
  let damaged = 0
  for (;;) {
    const options = { db, store, keys, clock: systemClock }
    const report = await scrub(options, { maxPacks: packsAtOnce, before })
    packs += report.packs
    damaged += report.damaged.length
    for (const hash of report.damaged) print(`damaged chunk ${hash}`)
    if (report.packs > 0)
      print(
        `${packs} packs read, the last ${megabytes(report.readBytes)}: ${damaged} damaged chunks`,
      )
    if (report.packs < packsAtOnce) break
  }
  await printDamagedFiles({ db, print })
  if (damaged > 0) throw new Error(`${damaged} chunks are damaged`)
}
