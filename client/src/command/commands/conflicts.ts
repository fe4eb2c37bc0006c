import type { CloudSyncClient, Conflict } from '../../sdk/index.ts'
import { diffLines } from '@cloudsync/crdt'
import type { ConflictRecord } from '../../sync/store/records.ts'
import type { CliCommand, CliContext } from '../cli-command.ts'
import { CommandError, UsageError } from '../command-error.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { askLink } from '../link/ask-link.ts'
import { listSharedConflicts, type SharedConflict } from '../link/shared-conflicts.ts'
import { formatDiff } from '../terminal/format-diff.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink } from '../settings/find-link.ts'
import type { Link } from '../settings/links.ts'
import { formatAge, formatMoment } from '../terminal/amounts.ts'
import { formatTable } from '../terminal/columns.ts'
import { isMeant, shortId } from '../terminal/short-id.ts'
import { printable } from '../terminal/style.ts'

const choices = ['mine', 'theirs', 'later', 'earlier', 'both', 'seen'] as const
type Choice = (typeof choices)[number]

export const conflicts: CliCommand = {
  name: 'conflicts',
  group: 'files',
  summary: 'lists, shows and decides what two people did at once',
  synopses: [
    '[--all] [--link <dir>] [--json]',
    'show <id> [--link <dir>]',
    'resolve <id> mine|theirs|later|earlier|both|seen [--link <dir>]',
  ],
  details: `
Nothing is lost in a conflict: one side is what the file holds, the other is kept as a version. Texts are merged, and are
listed where both sides changed the same lines. later is what was sent last, earlier what was there before, mine the one
of both that is yours; both keeps the other side as a file beside it. Where a merged .json, .yaml, .toml or .ipynb could
not be read by programs any more, the file stays as it is until you decide: mine is what it says here, theirs what the
server says. seen is for what was merged already, and for what you leave as it is. <id> may be the path of the file.

  --all           those that are decided, too: where the policy of a space is that the last one wins, that is all of them
  --link <dir>    the linked folder, where it is not the one around you
  --json          for programs

Example: cloudsync conflicts
         cloudsync conflicts show 5f3a09c4
         cloudsync conflicts resolve 5f3a09c4 theirs
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      {
        link: { type: 'string' },
        json: { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
      },
      ['show|resolve?', 'id?', 'choice?'],
    )
    const [verb, id, choice] = positionals
    const request = parseRequest(verb, id, choice)
    return async (context) => {
      const link = await findLink(await context.links.list(), values.link, context.workingDir)
      const client = await context.sessions.open(link.server)
      const open: OpenLink = { link, client }
      switch (request.kind) {
        case 'list':
          return list(open, { isAll: values.all, isJson: values.json }, context)
        case 'show':
          return show(await find(open, request.id, context), open, context)
        case 'resolve':
          return resolve(await find(open, request.id, context), request.choice, open, context)
      }
    }
  },
}

type Request =
  | { readonly kind: 'list' }
  | { readonly kind: 'show'; readonly id: string }
  | { readonly kind: 'resolve'; readonly id: string; readonly choice: Choice }

function parseRequest(verb?: string, id?: string, choice?: string): Request {
  if (verb === undefined) return { kind: 'list' }
  if (verb !== 'show' && verb !== 'resolve')
    throw new UsageError(`“${verb}” is none of: show, resolve`)
  if (id === undefined) throw new UsageError('<id> is missing; cloudsync conflicts lists them')
  if (verb === 'show') return { kind: 'show', id }
  const known = choices.find((one) => one === choice)
  if (!known) throw new UsageError(`Say one of: ${choices.join(', ')}`)
  return { kind: 'resolve', id, choice: known }
}

interface OpenLink {
  readonly link: Link
  readonly client: CloudSyncClient
}

/** Of the server, or of this machine alone, which has merged something. */
type Found =
  | (SharedConflict & { readonly kind: 'shared'; readonly id: string })
  | { readonly kind: 'local'; readonly id: string; readonly record: ConflictRecord }

async function collect(
  { link, client }: OpenLink,
  isAll: boolean,
  context: CliContext,
): Promise<Found[]> {
  const shared = await listSharedConflicts(client, link, { isAll })
  const found = shared.map((one): Found => ({ kind: 'shared', id: one.conflict.id, ...one }))
  const records = await askLink(context, link, 'conflicts', {})
  for (const record of records)
    // JSON has no `undefined`: it is left out there.
    if (isAll || record.resolvedAtMs === undefined || record.resolvedAtMs === null)
      found.push({ kind: 'local', id: `#${record.number}`, record })
  return found
}

async function list(
  open: OpenLink,
  { isAll, isJson }: { readonly isAll: boolean; readonly isJson: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const { terminal, now } = context
  const found = await collect(open, isAll, context)
  if (isJson) terminal.print(JSON.stringify(found, undefined, 2))
  else if (found.length === 0) terminal.print('No conflict is open.')
  else {
    const rows = found.map((one) => [
      terminal.style.bold(one.kind === 'shared' ? shortId(one.id) : one.id),
      printable(pathOf(one)),
      describe(one),
      terminal.style.dim(
        formatAge(
          now() - (one.kind === 'shared' ? Date.parse(one.conflict.createdAt) : one.record.atMs),
        ),
      ),
    ])
    for (const line of formatTable(rows)) terminal.print(line)
    terminal.note('Look at one by: cloudsync conflicts show <id>')
  }
  return found.some(isOpen) ? exitCodes.attention : exitCodes.done
}

function isOpen(found: Found): boolean {
  if (found.kind === 'shared') return found.conflict.resolution === null
  return found.record.resolvedAtMs === undefined || found.record.resolvedAtMs === null
}

function describe(found: Found): string {
  return describeKind(found) + (isOpen(found) ? '' : describeDecision(found))
}

function describeDecision(found: Found): string {
  if (found.kind === 'local') return '; done with'
  const { resolution, theirs, resolvedBy } = found.conflict
  const by = resolvedBy ? ` by ${printable(resolvedBy.name)}` : ''
  const other =
    resolution === 'mine' && theirs.version !== null
      ? `; the other one is version ${theirs.version}`
      : ''
  return `; decided${by}: ${resolution ? decided[resolution] : ''}${other}`
}

const decided: Readonly<Record<Resolution, string>> = {
  mine: 'later',
  theirs: 'earlier',
  both: 'both',
}

function describeKind(found: Found): string {
  if (found.kind === 'local') return localKinds[found.record.kind]
  const { conflict } = found
  const who = [conflict.mine.by?.name, conflict.theirs.by?.name].filter(
    (name) => name !== undefined,
  )
  const by = who.length === 0 ? '' : ` (${who.map(printable).join(' and ')})`
  return conflict.kind === 'content'
    ? `replaced from two sides${by}`
    : `moved or renamed from two sides${by}`
}

const localKinds: Readonly<Record<ConflictRecord['kind'], string>> = {
  'text-overlap': 'merged, and both sides changed the same lines: worth a look',
  'broken-structure': 'merging it would break its structure; both sides are kept',
}

async function find(open: OpenLink, asked: string, context: CliContext): Promise<Found> {
  const wanted = /^\d+$/.test(asked) && asked.length < 8 ? `#${asked}` : asked.toLowerCase()
  const all = await collect(open, true, context)
  const named = all.filter(({ id }) => (id.startsWith('#') ? id === wanted : isMeant(id, asked)))
  const found = named.length > 0 ? named : all.filter((one) => isOpen(one) && pathOf(one) === asked)
  const [one, ...others] = found
  if (!one) throw new CommandError(`There is no conflict “${asked}”; see: cloudsync conflicts`)
  if (others.length > 0)
    throw new CommandError(`Several are called “${asked}”; give the id of one: cloudsync conflicts`)
  return one
}

function pathOf(found: Found): string {
  return found.kind === 'shared' ? found.path : found.record.path
}

async function show(found: Found, open: OpenLink, context: CliContext): Promise<void> {
  const { terminal } = context
  if (found.kind === 'local') return showLocal(found.record, open, context)
  const { client } = open
  const { conflict } = found
  terminal.print(`${terminal.style.bold(printable(found.path))}: ${describe(found)}`)
  for (const side of ['mine', 'theirs'] as const) {
    const { version, name, by } = conflict[side]
    const what = version === null ? printable(name ?? '') : `version ${version}`
    const when = side === 'mine' ? 'later' : 'earlier'
    terminal.print(`  ${when.padEnd(7)} ${what}${by ? ` by ${printable(by.name)}` : ''}`)
  }
  await showDiff(conflict, client, context)
  if (isOpen(found))
    terminal.note(`Decide by: cloudsync conflicts resolve ${shortId(found.id)} later|earlier|both`)
}

async function showLocal(
  record: ConflictRecord,
  { link }: OpenLink,
  context: CliContext,
): Promise<void> {
  const { terminal } = context
  terminal.print(`${terminal.style.bold(printable(record.path))}: ${localKinds[record.kind]}`)
  terminal.print(`  ${formatMoment(new Date(record.atMs))}`)
  for (const line of describeLines(record)) terminal.print(`  ${line}`)
  const { kind, nodeId, number } = record
  const held =
    kind === 'broken-structure' ? await askLink(context, link, 'held-text', { nodeId }) : null
  if (!held) return terminal.note(`Done with it: cloudsync conflicts resolve ${number} seen`)
  terminal.print(`  mine    what the file on this machine says`)
  terminal.print(`  theirs  what the server says`)
  terminal.print('')
  const diff = diffLines(held.theirs, held.mine)
  for (const line of formatDiff(diff, terminal.style)) terminal.print(line)
  terminal.note(`Decide by: cloudsync conflicts resolve ${number} mine|theirs|both`)
}

/** Where both are texts; of other files there are only sizes and dates, which `history` shows. */
async function showDiff(
  { nodeId, mine, theirs }: Conflict,
  client: CloudSyncClient,
  { terminal }: CliContext,
): Promise<void> {
  if (theirs.version === null || mine.version === null) return
  try {
    const diff = await client.versions.diff(nodeId, theirs.version, mine.version)
    terminal.print('')
    for (const line of formatDiff(diff, terminal.style)) terminal.print(line)
  } catch {
    terminal.note('  These are no texts; see their sizes and dates by: cloudsync history <file>')
  }
}

function describeLines({ kind, detail }: ConflictRecord): string[] {
  if (kind !== 'text-overlap') return detail === '' ? [] : [printable(detail)]
  try {
    const overlaps = JSON.parse(detail) as { fromLine?: number; toLine?: number }[]
    return overlaps.flatMap(({ fromLine, toLine }) =>
      fromLine === undefined ? [] : [`lines ${fromLine}–${toLine ?? fromLine}`],
    )
  } catch {
    return []
  }
}

async function resolve(
  found: Found,
  choice: Choice,
  { link, client }: OpenLink,
  context: CliContext,
): Promise<void> {
  const { terminal } = context
  if (found.kind === 'shared') {
    if (choice === 'seen')
      throw new CommandError('This one waits for a decision: later, earlier or both')
    const resolution = await resolutionOf(found.conflict, choice, client)
    await client.conflicts.resolve(found.id, resolution)
    return terminal.print(`${printable(found.path)}: ${resolutions[resolution]}`)
  }
  if (choice === 'later' || choice === 'earlier')
    throw new CommandError('Of this one only mine and theirs are known, not which was later')
  const { record } = found
  if (choice !== 'seen' && record.kind === 'broken-structure') {
    const { nodeId } = record
    const outcome = await askLink(context, link, 'resolve-text', { nodeId, choice })
    if (outcome === 'done')
      return terminal.print(`${printable(record.path)}: ${heldResolutions[choice]}`)
    if (outcome === 'changed')
      throw new CommandError('The file was changed just now; look at it again, and decide then')
  }
  if (choice !== 'seen')
    throw new CommandError(
      `This one was merged on this machine already: edit the file, or bring a version back by ` +
        `cloudsync history and restore, and say: cloudsync conflicts resolve ${record.number} seen`,
    )
  await askLink(context, link, 'settle-conflict', { number: record.number })
  terminal.print(`${printable(record.path)}: no longer listed.`)
}

type Resolution = NonNullable<Conflict['resolution']>

/** To the server the later side is `mine`, whoever asks; to a person it is the one that is theirs. */
async function resolutionOf(
  { mine: later, theirs: earlier }: Conflict,
  choice: Exclude<Choice, 'seen'>,
  client: CloudSyncClient,
): Promise<Resolution> {
  if (choice === 'both') return 'both'
  if (choice === 'later' || choice === 'earlier') return choice === 'later' ? 'mine' : 'theirs'
  const { id } = await client.me()
  // Of two that somebody made on two machines, the last one is theirs.
  if (later.by?.id === id) return choice
  if (earlier.by?.id !== id)
    throw new CommandError('Neither of both is yours; say later or earlier')
  return choice === 'mine' ? 'theirs' : 'mine'
}

const heldResolutions: Readonly<Record<Resolution, string>> = {
  mine: 'what the file here says holds on the server, too.',
  theirs: 'what the server says is in the file here now.',
  both: 'both are kept, what was here as a file beside it.',
}

const resolutions: Readonly<Record<Resolution, string>> = {
  mine: 'what was sent later holds; the other stays a version.',
  theirs: 'what was there before holds; the other stays a version.',
  both: 'both are kept, the other side as a file beside it.',
}
