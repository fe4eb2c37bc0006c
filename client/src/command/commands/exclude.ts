import type { CliCommand, CliContext } from '../cli-command.ts'
import { CommandError } from '../command-error.ts'
import { tellDaemon } from '../link/ask-link.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink, findPlace } from '../settings/find-link.ts'
import { RemotePaths } from '../settings/remote-paths.ts'
import { printable } from '../terminal/style.ts'

export const exclude: CliCommand = {
  name: 'exclude',
  group: 'settings',
  summary: 'does not keep a folder on this machine',
  synopses: ['<folder>', '[--link <dir>]'],
  details: `
Selective sync: the folder stays on the server and with everybody else, and its copy here goes into .cloudsync/trash,
where it stays for a week. What you changed here and nobody has yet stays where it is, until cloudsync include sends it.
Nothing of this can delete anything on the server. Without a folder it lists what is excluded.

  --link <dir>    the linked folder, where it is not the one around you

Example: cloudsync exclude Team/Videos
`,
  parse(args) {
    const { values, positionals } = parseOptions(args, { link: { type: 'string' } }, ['folder?'])
    const [folder] = positionals
    return (context) =>
      folder === undefined ? list(values.link, context) : excludeFolder(folder, context)
  },
}

export const include: CliCommand = {
  name: 'include',
  group: 'settings',
  summary: 'keeps an excluded folder on this machine again',
  synopses: ['<folder>'],
  details: `
Brings a folder back that cloudsync exclude took off this machine.

Example: cloudsync include Team/Videos
`,
  parse(args) {
    const { positionals } = parseOptions(args, {}, ['folder'])
    const [folder = ''] = positionals
    return (context) => includeFolder(folder, context)
  },
}

async function excludeFolder(asked: string, context: CliContext): Promise<void> {
  const { links, sessions, terminal, workingDir } = context
  const { link, path } = await findPlace(await links.list(), asked, workingDir)
  if (path.length === 0)
    throw new CommandError(
      'That is the linked folder itself; to keep it no longer here: cloudsync unlink',
    )
  const node = await new RemotePaths(await sessions.open(link.server), link).findNode(path)
  if (!node) throw new CommandError(`“${asked}” is not on the server (yet), so it stays here`)
  if (node.kind !== 'folder')
    throw new CommandError(`“${asked}” is a file; leave files out by: cloudsync ignore`)
  const changed = await links.change(link.id, ({ excluded }) => ({
    excluded: [
      ...excluded.filter(({ id }) => id !== node.id),
      { id: node.id, path: path.join('/') },
    ],
  }))
  await tellDaemon(context, changed)
  terminal.print(
    `${printable(asked)} is no longer kept here. It stays on the server; back by: cloudsync include ${printable(asked)}`,
  )
}

async function includeFolder(asked: string, context: CliContext): Promise<void> {
  const { links, terminal, workingDir } = context
  const { link, path } = await findPlace(await links.list(), asked, workingDir)
  const name = path.join('/')
  const found = link.excluded.find((one) => one.path === name)
  if (!found) throw new CommandError(`“${asked}” is not excluded; cloudsync exclude shows what is`)
  const changed = await links.change(link.id, ({ excluded }) => ({
    excluded: excluded.filter(({ id }) => id !== found.id),
  }))
  await tellDaemon(context, changed)
  terminal.print(`${printable(asked)} is kept here again.`)
}

async function list(asked: string | undefined, context: CliContext): Promise<void> {
  const { links, terminal, workingDir } = context
  const { excluded } = await findLink(await links.list(), asked, workingDir)
  if (excluded.length === 0) return terminal.note('Nothing is excluded: all of it is kept here.')
  for (const { path } of excluded) terminal.print(printable(path))
}
