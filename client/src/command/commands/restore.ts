import { isCloudSyncError, type CloudSyncClient, type TrashItem } from '../../sdk/index.ts'
import type { CliCommand, CliContext } from '../cli-command.ts'
import { CommandError } from '../command-error.ts'
import { parseCount, parseOptions } from '../parse-options.ts'
import { findPlace } from '../settings/find-link.ts'
import type { Link } from '../settings/links.ts'
import { RemotePaths } from '../settings/remote-paths.ts'
import { printable } from '../terminal/style.ts'

export const restore: CliCommand = {
  name: 'restore',
  group: 'files',
  summary: 'brings back a deleted file or folder, or an older version',
  synopses: ['<path>', '<file> --version <n>'],
  details: `
Without --version: brings back from the server's trash what lay at the path, with all that was in it. With --version:
makes the file what it was; what it is now stays as a version. Both then come to this folder by themselves.

  --version <n>    one of those that cloudsync history <file> shows

Example: cloudsync restore reports/2025
         cloudsync restore notes/today.md --version 12
`,
  parse(args) {
    const { values, positionals } = parseOptions(args, { version: { type: 'string' } }, ['path'])
    const [path = ''] = positionals
    const version = parseCount('--version', values.version)
    return async (context) => {
      const { links, sessions, workingDir } = context
      const { link, path: place } = await findPlace(await links.list(), path, workingDir)
      const client = await sessions.open(link.server)
      const target: Target = { asked: path, place, link, client }
      await (version === undefined
        ? restoreDeleted(target, context)
        : restoreVersion(target, version, context))
    }
  },
}

interface Target {
  readonly asked: string
  readonly place: readonly string[]
  readonly link: Link
  readonly client: CloudSyncClient
}

async function restoreVersion(
  { asked, place, link, client }: Target,
  version: number,
  { terminal }: CliContext,
): Promise<void> {
  const node = await new RemotePaths(client, link).findNode(place)
  if (!node || node.kind === 'folder')
    throw new CommandError(`“${asked}” is no file on the server; see: cloudsync history ${asked}`)
  await client.versions.restore(node.id, version).catch((error: unknown) => {
    if (!isCloudSyncError(error, 'not_found')) throw error
    throw new CommandError(
      `There is no version ${version} of “${asked}”; see: cloudsync history ${asked}`,
    )
  })
  terminal.print(
    `${printable(asked)} is what it was in version ${version}; what it was before is a version too.`,
  )
}

async function restoreDeleted(
  { asked, place, link, client }: Target,
  { terminal }: CliContext,
): Promise<void> {
  const paths = new RemotePaths(client, link)
  const found = await findInTrash(client, link, [...(await paths.base()), ...place])
  if (found.kind === 'inside')
    throw new CommandError(
      `“${asked}” was deleted with the folder “${found.folder}”; restore that, or see what went with it by: cloudsync undo`,
    )
  if (found.kind === 'nothing') {
    const isThere = (await paths.findNode(place)) !== undefined
    throw new CommandError(
      isThere
        ? `“${asked}” is there; for an older version see: cloudsync history ${asked}`
        : `There is no “${asked}” in the trash of the server`,
    )
  }
  const back = await client.nodes.restore(found.item.node.id)
  terminal.print(
    back.name === found.item.node.name
      ? `${printable(asked)} is back.`
      : `${printable(asked)} is back as ${printable(back.name)}, as its name is taken.`,
  )
}

type Found =
  | { readonly kind: 'item'; readonly item: TrashItem }
  /** It went with a folder that was deleted. */
  | { readonly kind: 'inside'; readonly folder: string }
  | { readonly kind: 'nothing' }

/** The one that was deleted last of those that lay at a path of the space. */
async function findInTrash(
  client: CloudSyncClient,
  link: Link,
  path: readonly string[],
): Promise<Found> {
  let inside: Found | undefined
  for await (const item of client.trash.list(link.spaceId)) {
    const names = [...item.path, item.node.name]
    if (names.length > path.length || names.some((name, index) => name !== path[index])) continue
    if (names.length === path.length) return { kind: 'item', item }
    if (item.node.kind === 'folder') inside ??= { kind: 'inside', folder: names.join('/') }
  }
  return inside ?? { kind: 'nothing' }
}
