import { rm } from 'node:fs/promises'
import type { CliCommand, CliContext } from '../cli-command.ts'
import { CommandError } from '../command-error.ts'
import { tellDaemon } from '../link/ask-link.ts'
import { exitCodes } from '../exit-codes.ts'
import { parseOptions } from '../parse-options.ts'
import { FileLock } from '../settings/file-lock.ts'
import { findLink } from '../settings/find-link.ts'
import { unmarkLinkedFolder } from '../settings/unmark-linked-folder.ts'
import type { Link } from '../settings/links.ts'
import { linkStateDirOf, lockPathOf } from '../settings/places.ts'
import { printable } from '../terminal/style.ts'

export const unlink: CliCommand = {
  name: 'unlink',
  group: 'start',
  summary: 'ends a link; all files stay, here and on the server',
  synopses: ['[dir]'],
  details: `
The folder here and the one on the server go separate ways from now on. Nothing is deleted on either side. Linking
them again later brings together what has become of them, and deletes nothing either.

Example: cloudsync unlink ~/Team
`,
  parse(args) {
    const { positionals } = parseOptions(args, {}, ['dir?'])
    return async (context) => {
      const { links, terminal, workingDir } = context
      const link = await findLink(await links.list(), positionals[0], workingDir)
      await end(link, context)
      terminal.print(
        `${printable(link.path)} is linked no more. All files are where they were, here and on the server.`,
      )
    }
  },
}

const letGoMs = 10_000

async function end(link: Link, context: CliContext): Promise<void> {
  const { links, places } = context
  await links.remove(link.id)
  // A process that has it sees that the link is gone, and lets go of it.
  await tellDaemon(context, link)
  const lock = await FileLock.acquire(lockPathOf(places, link.id), letGoMs)
  if (!lock) {
    await links.add(link)
    throw new CommandError(
      'A sync process holds the folder and does not let go; stop it first',
      exitCodes.alreadyRunning,
    )
  }
  lock[Symbol.dispose]()
  await unmarkLinkedFolder(link)
  await rm(linkStateDirOf(places, link.id), { recursive: true, force: true })
}
