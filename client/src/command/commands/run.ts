import { once } from 'node:events'
import type { EngineEvent } from '../../sync/engine/engine-status.ts'
import type { CliCommand, CliContext } from '../cli-command.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { explainFailure } from '../explain-failure.ts'
import { describeDeed } from '../link/describe-deed.ts'
import { describeOffline } from '../link/describe-offline.ts'
import { clock } from '../link/link-parts.ts'
import { runLink } from '../link/run-link.ts'
import { memoryMinder } from '../mind-memory.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink } from '../settings/find-link.ts'
import type { Link } from '../settings/links.ts'
import { count } from '../terminal/amounts.ts'
import { printable } from '../terminal/style.ts'

export const run: CliCommand = {
  name: 'run',
  group: 'start',
  summary: 'keeps linked folders in step, until it is stopped',
  synopses: ['[dir …] [--once] [--verbose]'],
  details: `
Runs in the foreground for all links, those that are made meanwhile among them, or for those that are named, and says
what it does. Ctrl+C or SIGTERM ends it when what is under way is done; a second one ends it at once. However it ends,
nothing is lost, and the next run goes on. Of each link there is one process at a time.

  --once       comes back when nothing is left that could be done now: with 7 where something failed or waits for you,
               with 4 where the server is away
  --verbose    says each file

Example: cloudsync run
         cloudsync run ~/Team --once
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      {
        once: { type: 'boolean', default: false },
        verbose: { type: 'boolean', short: 'v', default: false },
      },
      Array.from({ length: 100 }, () => 'dir?'),
    )
    return (context) =>
      runAll(positionals, { isOnce: values.once, isVerbose: values.verbose }, context)
  },
}

/** So soon a new link is noticed. */
const newLinksMs = 2000

interface RunOptions {
  readonly isOnce: boolean
  readonly isVerbose: boolean
}

async function runAll(
  asked: readonly string[],
  options: RunOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { links, terminal, workingDir, signal } = context
  const known = await links.list()
  const chosen =
    asked.length === 0
      ? known
      : await Promise.all(asked.map((dir) => findLink(known, dir, workingDir)))
  if (chosen.length === 0)
    throw new CommandError(
      'No folder is linked yet; link one by: cloudsync link <dir> <space>',
      exitCodes.noLink,
    )
  const isForAll = asked.length === 0 && !options.isOnce
  const codes = isForAll
    ? await runAsLinked(chosen, options, context)
    : await Promise.all(chosen.map((link) => runOne(link, options, context)))
  const worst = codes.find((code) => code !== exitCodes.done) ?? exitCodes.done
  if (signal.aborted) terminal.note('Stopped. What is not in step yet follows with the next run.')
  return worst
}

/** All links, and those that are made while it runs. */
async function runAsLinked(
  first: readonly Link[],
  options: RunOptions,
  context: CliContext,
): Promise<readonly ExitCode[]> {
  const { links, signal } = context
  const known = new Set<string>()
  const codes: ExitCode[] = []
  const over = new AbortController()
  const begin = async (link: Link) => {
    known.add(link.id)
    codes.push(await runOne(link, options, context))
    if (codes.length === known.size) over.abort()
  }
  for (const link of first) void begin(link)
  const until = AbortSignal.any([signal, over.signal])
  while (!until.aborted) {
    await clock.delay(newLinksMs, until)
    if (until.aborted) break
    // A file of them that cannot be read is no reason to end the others.
    for (const link of await links.list().catch(() => [])) if (!known.has(link.id)) void begin(link)
  }
  if (!over.signal.aborted) await once(over.signal, 'abort')
  return codes
}

/** The failure of one link is not that of the others. */
async function runOne(
  link: Link,
  { isOnce, isVerbose }: RunOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { terminal, signal, env } = context
  const name = printable(link.path)
  const say = sayer(link, isVerbose, context)
  const mindMemory = memoryMinder()
  const onEvent = (event: EngineEvent) => {
    mindMemory(event)
    say(event)
  }
  try {
    terminal.print(`${name} ↔ ${printable(link.title)} at ${link.server}`)
    return await runLink(context, link, { signal, isOnce, onEvent })
  } catch (error) {
    const { message, exitCode } = explainFailure(error)
    terminal.note(`${name}: ${message}`)
    if (env['CLOUDSYNC_DEBUG'] && error instanceof Error && error.stack) terminal.note(error.stack)
    return exitCode
  }
}

function sayer(
  link: Link,
  isVerbose: boolean,
  { terminal, now }: CliContext,
): (event: EngineEvent) => void {
  const name = printable(link.path)
  let done = 0
  let lastState = ''
  const print = (text: string) => {
    const time = new Date(now()).toTimeString().slice(0, 8)
    terminal.print(`${terminal.style.dim(time)} ${name}: ${text}`)
  }
  return (event) => {
    switch (event.kind) {
      case 'done':
        done++
        if (isVerbose) print(`${describeDeed(event.operation)} ${printable(event.path)}`)
        return
      case 'failed':
        if (isVerbose)
          print(
            `${describeDeed(event.operation)} ${printable(event.path)}: ${explainFailure(event.error).message}`,
          )
        return
      case 'held':
        for (const { side, files, filesInAll } of event.held) {
          const where = side === 'remote' ? 'on the server' : 'here'
          print(
            terminal.style.yellow(
              `${count(files, 'file')} of ${filesInAll} would be deleted ${where}, which is much. ` +
                'Nothing is deleted until you say so: cloudsync approve (or cloudsync approve --reject)',
            ),
          )
        }
        return
      case 'state': {
        const text = describeState(event, link.server)
        if (text === undefined || text === lastState) return
        lastState = text
        const what = event.state === 'idle' && done > 0 ? ` (${count(done, 'change')})` : ''
        if (event.state === 'idle') done = 0
        print(text + what)
        return
      }
      case 'planned':
        return
    }
  }
}

function describeState(
  { state, detail }: Extract<EngineEvent, { kind: 'state' }>,
  server: string,
): string | undefined {
  const because = detail === undefined ? '' : ` (${detail})`
  switch (state) {
    case 'idle':
      return 'in step'
    case 'offline':
      return describeOffline(detail, server).message
    case 'missing':
      return `the folder is not there, or is another one${because}; nothing is concluded from that`
    case 'paused':
      return 'paused'
    case 'syncing':
      return 'syncing'
    case 'scanning':
      return detail === undefined ? undefined : `the folder cannot be read${because}`
    case 'stopped':
      return detail === undefined ? undefined : `it cannot go on${because}; tried again by itself`
  }
}
