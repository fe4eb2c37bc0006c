import { parseConfig } from '../config/config.ts'
import { readEnv } from '../config/env.ts'
import { openLog } from '../open-log.ts'
import { openDatabase } from '#platform/db/database.ts'
import { explain } from '../explain.ts'
import type { AdminCommand, AdminContext } from './admin-command.ts'
import { keysRotate } from './keys-rotate.ts'
import { keysShow } from './keys-show.ts'
import { secondFactorsRemove } from './second-factors-remove.ts'
import { sessionsEnd } from './sessions-end.ts'
import { signingKeysRotate } from './signing-keys-rotate.ts'
import { signingKeysShow } from './signing-keys-show.ts'
import { storageMigrate } from './storage-migrate.ts'
import { storageScrub } from './storage-scrub.ts'
import { storageShow } from './storage-show.ts'
import { UsageError } from './parse-options.ts'

const commands: readonly AdminCommand[] = [
  keysShow,
  keysRotate,
  signingKeysShow,
  signingKeysRotate,
  sessionsEnd,
  secondFactorsRemove,
  storageShow,
  storageScrub,
  storageMigrate,
]

/** 0: done, 1: it could not be done, 2: the command is not one. */
type ExitCode = 0 | 1 | 2

/** The command line for operators. */
export async function runAdmin(args: readonly string[]): Promise<ExitCode> {
  const [topic, verb, ...rest] = args
  const command = commands.find(({ name }) => name === `${topic} ${verb}`)
  const asksForHelp = args.includes('--help') || args.includes('-h')
  if (!command || asksForHelp) {
    const usage = command ? command.usage : overview()
    if (asksForHelp) process.stdout.write(usage)
    else process.stderr.write(usage)
    return asksForHelp ? 0 : 2
  }
  try {
    const work = command.parse(rest)
    await inContext(work)
    return 0
  } catch (error) {
    process.stderr.write(`${command.name}: ${explain(error)}\n`)
    if (!(error instanceof UsageError)) return 1
    process.stderr.write(`\n${command.usage}`)
    return 2
  }
}

async function inContext(work: (context: AdminContext) => Promise<void>): Promise<void> {
  const config = parseConfig(readEnv())
  const log = openLog({ logLevel: 'silent' })
  await using db = await openDatabase(config.database, log)
  await work({ config, db, print: (line) => process.stdout.write(`${line}\n`) })
}

function overview(): string {
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(23)}${summary}`)
  return `Looks after a CloudSync installation, while its servers run or not.

Usage: npm run admin -- <command> [options]

${lines.join('\n')}

<command> --help tells more. Settings are those of the server (DATA_DIR, DATABASE_URL, MASTER_KEY_FILE).
Exit codes: 0 done, 1 it could not be done, 2 wrong usage.
`
}
