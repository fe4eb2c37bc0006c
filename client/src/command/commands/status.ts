import type { CliCommand, CliContext } from '../cli-command.ts'
import { UsageError } from '../command-error.ts'
import { watchDaemon } from '../daemon/control-client.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { askLink } from '../link/ask-link.ts'
import { describeOffline } from '../link/describe-offline.ts'
import { needsAttention, type LinkStatus } from '../link/link-status.ts'
import { listSharedConflicts } from '../link/shared-conflicts.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink } from '../settings/find-link.ts'
import type { Link } from '../settings/links.ts'
import { controlAddressOf } from '../settings/places.ts'
import { formatStatus } from '../terminal/format-status.ts'

export const status: CliCommand = {
  name: 'status',
  group: 'watch',
  summary: 'shows how linked folders stand, and what is on its way',
  synopses: ['[dir] [--watch] [--json]'],
  details: `
For each link: whether it is in step, what is on its way and how fast, what failed and what waits for you. Ends with 7
where something does or nothing keeps the folder in step, with 3 where nobody is signed in, with 4 where the server is away.

  --watch, -w    goes on showing it until Ctrl+C, without the conflicts that only the server knows of
  --json         for programs: one array; with --watch one object in each line

Example: cloudsync status --watch
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      {
        watch: { type: 'boolean', short: 'w', default: false },
        json: { type: 'boolean', default: false },
      },
      ['dir?'],
    )
    return async (context) => {
      const known = await context.links.list()
      const chosen =
        positionals.length === 0
          ? known
          : [await findLink(known, positionals[0], context.workingDir)]
      if (values.watch) return watch(chosen, values.json, context)
      return show(chosen, values.json, context)
    }
  },
}

const answerMs = 3000

async function show(
  links: readonly Link[],
  isJson: boolean,
  context: CliContext,
): Promise<ExitCode> {
  const { terminal } = context
  const all = await Promise.all(links.map((link) => look(link, context)))
  if (isJson) terminal.print(JSON.stringify(all, undefined, 2))
  else if (all.length === 0)
    terminal.note('No folder is linked yet; link one by: cloudsync link <dir> <space>')
  else for (const line of format(all, context)) terminal.print(line)
  return all.map(exitCodeOf).find((code) => code !== exitCodes.done) ?? exitCodes.done
}

/** With the conflicts that only the server knows of, where it answers soon. */
async function look(link: Link, context: CliContext): Promise<LinkStatus> {
  const status = await askLink(context, link, 'status', {})
  if (status.state === 'offline') return status
  const signal = AbortSignal.timeout(answerMs)
  const shared = await context.sessions
    .open(link.server)
    .then((client) => listSharedConflicts(client, link, { isAll: false, signal }))
    .catch(() => [])
  return { ...status, openConflicts: status.openConflicts + shared.length }
}

function exitCodeOf(status: LinkStatus): ExitCode {
  const { state, detail, server, isRunning } = status
  if (needsAttention(status)) return exitCodes.attention
  if (state === 'offline') return describeOffline(detail, server).exitCode
  return isRunning || state === 'paused' ? exitCodes.done : exitCodes.attention
}

async function watch(
  links: readonly Link[],
  isJson: boolean,
  context: CliContext,
): Promise<ExitCode> {
  const { terminal, signal } = context
  if (links.length === 0) throw new UsageError('No folder is linked yet: there is nothing to watch')
  const latest = new Map<string, LinkStatus>()
  const draw = (status: LinkStatus) => {
    latest.set(status.id, status)
    if (isJson) return terminal.print(JSON.stringify(status))
    const all = links.flatMap(({ id }) => latest.get(id) ?? [])
    const lines = format(all, context)
    if (terminal.isInteractive) terminal.redraw(lines)
    else for (const line of lines) terminal.print(line)
  }
  await Promise.all(links.map((link) => watchOne(link, draw, context)))
  return signal.aborted ? exitCodes.done : exitCodes.failed
}

/** Also over the end of one process and the start of another. */
async function watchOne(
  link: Link,
  draw: (status: LinkStatus) => void,
  context: CliContext,
): Promise<void> {
  const { signal, places, platform } = context
  while (!signal.aborted) {
    const address = controlAddressOf(places, link.id, platform)
    for await (const status of watchDaemon(address, 'watch', signal)) draw(status as LinkStatus)
    if (signal.aborted) return
    draw(await askLink(context, link, 'status', {}))
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 2000)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

function format(all: readonly LinkStatus[], { terminal, now }: CliContext): string[] {
  return all.flatMap((one, index) => [
    ...(index === 0 ? [] : ['']),
    ...formatStatus(one, { style: terminal.style, columns: terminal.columns, nowMs: now() }),
  ])
}
