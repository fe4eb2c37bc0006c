import type { Version, VersionReason } from '../../sdk/index.ts'
import type { CliCommand, CliContext } from '../cli-command.ts'
import { CommandError, UsageError } from '../command-error.ts'
import { describeDeed } from '../link/describe-deed.ts'
import { askLink } from '../link/ask-link.ts'
import { parseCount, parseOptions } from '../parse-options.ts'
import { findLink, findPlace } from '../settings/find-link.ts'
import { RemotePaths } from '../settings/remote-paths.ts'
import { formatBytes, formatMoment } from '../terminal/amounts.ts'
import { formatTable } from '../terminal/columns.ts'
import { shortId } from '../terminal/short-id.ts'
import { printable } from '../terminal/style.ts'

const defaultLimit = 30

export const history: CliCommand = {
  name: 'history',
  group: 'files',
  summary: 'shows the versions of a file, or what was synced',
  synopses: ['<file> [--limit n] [--json]', '[--link <dir>] [--limit n] [--json]'],
  details: `
With a file: its versions on the server, the newest first; cloudsync restore brings one back.
Without: what was done here and on the server to keep both equal, the latest last.

  --limit n       at most so many, ${defaultLimit} unless you say it
  --link <dir>    the linked folder, where it is not the one around you
  --json          for programs

Example: cloudsync history notes/today.md
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      {
        limit: { type: 'string' },
        link: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      ['file?'],
    )
    const limit = parseCount('--limit', values.limit) ?? defaultLimit
    const [path] = positionals
    if (path !== undefined && values.link !== undefined)
      throw new UsageError('A file says itself in which link it is; leave --link out')
    const options = { limit, isJson: values.json }
    return (context) =>
      path === undefined
        ? showDeeds(values.link, options, context)
        : showVersions(path, options, context)
  },
}

interface Options {
  readonly limit: number
  readonly isJson: boolean
}

async function showVersions(asked: string, options: Options, context: CliContext): Promise<void> {
  const { links, sessions, terminal, workingDir } = context
  const { link, path } = await findPlace(await links.list(), asked, workingDir)
  const client = await sessions.open(link.server)
  const node = await new RemotePaths(client, link).findNode(path)
  if (!node)
    throw new CommandError(
      `“${asked}” is not on the server; a file that was deleted comes back by: cloudsync restore ${asked}`,
    )
  if (node.kind === 'folder')
    throw new CommandError(`“${asked}” is a folder, and only files have versions`)
  const versions: Version[] = []
  for await (const version of client.versions.list(node.id)) {
    if (versions.length >= options.limit) break
    versions.push(version)
  }
  if (options.isJson) return terminal.print(JSON.stringify(versions, undefined, 2))
  if (versions.length === 0)
    return terminal.note(
      'No version was kept yet; one is at rest after edits, or with each upload.',
    )
  const rows = versions.map((version) => [
    terminal.style.bold(String(version.number)),
    formatMoment(new Date(version.createdAt)),
    formatBytes(version.sizeBytes),
    printable(version.author?.name ?? ''),
    printable(version.name ?? reasons[version.reason]),
  ])
  for (const line of formatTable(rows)) terminal.print(line)
}

const reasons: Readonly<Record<VersionReason, string>> = {
  edit: 'edited',
  named: 'kept by name',
  before_restore: 'before an older one was restored',
  before_import: 'before an upload was merged',
  import: 'uploaded and merged',
  upload: 'uploaded',
  conflict: 'the other side of a conflict',
}

async function showDeeds(
  asked: string | undefined,
  { limit, isJson }: Options,
  context: CliContext,
): Promise<void> {
  const { links, terminal, workingDir } = context
  const link = await findLink(await links.list(), asked, workingDir)
  const deeds = await askLink(context, link, 'history', { limit })
  if (isJson) return terminal.print(JSON.stringify(deeds, undefined, 2))
  if (deeds.length === 0) return terminal.note('Nothing was synced here yet.')
  const rows = deeds
    .toReversed()
    .map((deed) => [
      terminal.style.dim(formatMoment(new Date(deed.atMs))),
      describeDeed(deed.operation),
      printable(deed.path),
      deed.batchId === undefined ? '' : terminal.style.dim(`undo ${shortId(deed.batchId)}`),
    ])
  for (const line of formatTable(rows)) terminal.print(line)
}
