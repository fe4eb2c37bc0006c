import { readdir, realpath, stat } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { findLinkId, markLinkedFolder } from '../../sync/disk/link-mark.ts'
import type { CliCommand, CliContext } from '../cli-command.ts'
import { CommandError } from '../command-error.ts'
import { makeFolders } from '../make-folders.ts'
import { parseOptions } from '../parse-options.ts'
import { isInside, realPathOf } from '../settings/find-link.ts'
import { findRemoteFolder } from '../settings/find-remote-folder.ts'
import type { Link } from '../settings/links.ts'
import { parseServerAddress } from '../settings/server-address.ts'
import { printable } from '../terminal/style.ts'

export const link: CliCommand = {
  name: 'link',
  group: 'start',
  summary: 'links a folder here with a space, or a folder in one',
  synopses: ['<dir> <space>', '<dir> <space>/<folder>', '<dir> <shared folder>'],
  details: `
From then on cloudsync run keeps both the same. Where both hold files already, those of the same name and bytes are
matched, texts are merged, and nothing is deleted on either side. The folder here is made if it is not there.

  --server <url>    where you are signed in to several servers
  --relink          where the folder holds the mark of a link that is not known here, such as a copy of another folder

Example: cloudsync link ~/Team Team
         cloudsync link ~/Reports "Team/Reports/2026"
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      { server: { type: 'string' }, relink: { type: 'boolean', default: false } },
      ['dir', 'space'],
    )
    const [dir = '', folder = ''] = positionals
    const server = values.server === undefined ? undefined : parseServerAddress(values.server)
    return (context) => makeLink({ dir, folder, server, isRelink: values.relink }, context)
  },
}

interface LinkRequest {
  readonly dir: string
  readonly folder: string
  readonly server: string | undefined
  readonly isRelink: boolean
}

async function makeLink(request: LinkRequest, context: CliContext): Promise<void> {
  const { terminal, sessions, links, now, workingDir } = context
  const server = await sessions.findServer(request.server)
  const client = await sessions.open(server)
  const { spaceId, folderId, isWholeSpace, title } = await findRemoteFolder(client, request.folder)
  const asked = resolve(workingDir, request.dir)
  // Before the folder is made, too: what cannot be linked leaves nothing behind.
  const planned = await realpath(asked).catch(() => realPathOf(asked))
  await requireFree(planned, await links.list(), request)
  const path = await prepareFolder(asked, request.dir)
  const made: Link = {
    version: 1,
    id: randomUUID(),
    path,
    server,
    spaceId,
    folderId,
    isWholeSpace,
    title,
    createdAt: new Date(now()).toISOString(),
    isPaused: false,
    excluded: [],
    uploadBytesPerSecond: null,
    downloadBytesPerSecond: null,
  }
  await markLinkedFolder(path, made.id)
  await links.add(made)
  terminal.print(`${printable(path)} is linked with “${printable(title)}” at ${server}.`)
  terminal.note(
    'Keep them the same by: cloudsync run    (or from sign-in on: cloudsync service install)',
  )
}

async function prepareFolder(path: string, asked: string): Promise<string> {
  await makeFolders(path)
  const real = await realpath(path)
  if (!(await stat(real)).isDirectory()) throw new CommandError(`“${asked}” is no folder`)
  if (real === dirname(real) || real === (await realpath(homedir())))
    throw new CommandError(
      `“${asked}” holds everything; make a folder in it and link that: cloudsync link ~/CloudSync <space>`,
    )
  // Whoever may not look into it cannot keep it in step.
  await readdir(real)
  return real
}

async function requireFree(
  path: string,
  known: readonly Link[],
  { isRelink }: LinkRequest,
): Promise<void> {
  for (const other of known) {
    if (other.path === path)
      throw new CommandError(
        `${path} is linked with “${other.title}” already; end that by: cloudsync unlink ${path}`,
      )
    if (isInside(path, other.path) || isInside(other.path, path))
      throw new CommandError(
        `${path} and ${other.path}, which is linked already, lie in one another; link folders that do not`,
      )
  }
  const marked = await findLinkId(path)
  if (marked !== undefined && !isRelink)
    throw new CommandError(
      `${path} holds the mark of another link: it is a copy of a linked folder, or another account syncs it. ` +
        'If nobody else does, give --relink',
    )
}
