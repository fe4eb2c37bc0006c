import { CloudSyncError, type CloudSyncClient } from '../../sdk/index.ts'
import type { CliCommand, CliContext } from '../cli-command.ts'
import { CommandError, UsageError } from '../command-error.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { listDeletions, type Deletion } from '../link/deletions.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink } from '../settings/find-link.ts'
import { count, formatAge } from '../terminal/amounts.ts'
import { formatTable } from '../terminal/columns.ts'
import { isMeant, shortId } from '../terminal/short-id.ts'
import { printable } from '../terminal/style.ts'
import { parseDuration } from '../terminal/parse-duration.ts'

const shownBatches = 20

export const undo: CliCommand = {
  name: 'undo',
  group: 'files',
  summary: 'takes a deletion back, however large it was',
  synopses: ['[--link <dir>]', '<batch> [--link <dir>]', '--since <time> [--link <dir>]'],
  details: `
Without a batch: what was deleted lately, here or elsewhere, and by whom; what one deletion sent in parts is one batch.
With a batch, as it is listed: brings back all of it at once. --since takes back all deletions of the last minutes, hours
or days.

  --since <time>   such as 10m, 2h or 1d
  --link <dir>     the linked folder, where it is not the one around you

Example: cloudsync undo
         cloudsync undo 5f3a09c4
         cloudsync undo --since 15m
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      { since: { type: 'string' }, link: { type: 'string' } },
      ['batch?'],
    )
    const [batch] = positionals
    const sinceMs = values.since === undefined ? undefined : parseDuration('--since', values.since)
    if (batch !== undefined && sinceMs !== undefined)
      throw new UsageError('Give a batch or --since, not both')
    return async (context) => {
      const { links, sessions, workingDir, now } = context
      const link = await findLink(await links.list(), values.link, workingDir)
      const client = await sessions.open(link.server)
      const batches = await listDeletions(client, link.spaceId)
      if (sinceMs !== undefined)
        return bringBack(
          batches.filter(({ atMs }) => atMs >= now() - sinceMs),
          client,
          context,
        )
      if (batch === undefined) return show(batches, context)
      const found = batches.filter(({ ids }) => ids.some((id) => isMeant(id, batch)))
      if (found.length === 0)
        throw new CommandError(
          `There is no deletion “${batch}” in the trash; cloudsync undo shows those that are`,
        )
      if (found.length > 1)
        throw new CommandError(`Several deletions are called “${batch}”; give more of its name`)
      return bringBack(found, client, context)
    }
  },
}

function show(batches: readonly Deletion[], { terminal, now }: CliContext): void {
  if (batches.length === 0) return terminal.note('Nothing lies in the trash of this space.')
  const rows = batches.slice(0, shownBatches).map(({ ids: [id = ''], atMs, items }) => {
    const [first] = items
    const what = first ? printable([...first.path, first.node.name].join('/')) : ''
    const rest = items.length > 1 ? ` and ${count(items.length - 1, 'more', 'more')}` : ''
    return [
      terminal.style.bold(shortId(id)),
      formatAge(now() - atMs),
      printable(first?.trashedBy?.name ?? ''),
      what + rest,
    ]
  })
  for (const line of formatTable(rows)) terminal.print(line)
  if (batches.length > shownBatches)
    terminal.note(`and ${batches.length - shownBatches} older ones`)
  terminal.note('Bring one back by: cloudsync undo <batch>')
}

async function bringBack(
  batches: readonly Deletion[],
  client: CloudSyncClient,
  { terminal }: CliContext,
): Promise<ExitCode> {
  if (batches.length === 0) throw new CommandError('Nothing was deleted in that time')
  let back = 0
  const refused: string[] = []
  const each = batches.flatMap(({ ids, items }) => ids.map((id) => ({ id, items })))
  for (const { id, items } of each) {
    const named = items.filter(({ batchId }) => batchId === id)
    const { results } = await client.trash.undo(id).catch((error: unknown) => {
      // Somebody else brought it back, or purged it.
      if (error instanceof CloudSyncError && error.code === 'not_found') return { results: [] }
      throw error
    })
    for (const [index, result] of results.entries()) {
      if (result.ok) back++
      else refused.push(`${named[index]?.node.name ?? id}: ${result.problem.title}`)
    }
  }
  for (const line of refused) terminal.note(printable(line))
  terminal.print(`${count(back, 'item is back where it was', 'items are back where they were')}.`)
  return refused.length === 0 ? exitCodes.done : exitCodes.failed
}
