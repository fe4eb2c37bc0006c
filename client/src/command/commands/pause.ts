import type { CliCommand, CliContext } from '../cli-command.ts'
import { tellDaemon } from '../link/ask-link.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink } from '../settings/find-link.ts'
import { printable } from '../terminal/style.ts'

export const pause: CliCommand = {
  name: 'pause',
  group: 'watch',
  summary: 'leaves a folder as it is, until it is resumed',
  synopses: ['[dir]', '--all'],
  details: `
Nothing is sent or received until cloudsync resume, also after a restart. What you change meanwhile is found then.

  --all    all links
`,
  parse: (args) => parsePause(args, true),
}

export const resume: CliCommand = {
  name: 'resume',
  group: 'watch',
  summary: 'goes on with a paused folder',
  synopses: ['[dir]', '--all'],
  details: `
Goes on with what was paused, and brings both sides together.

  --all    all links
`,
  parse: (args) => parsePause(args, false),
}

function parsePause(args: readonly string[], isPaused: boolean) {
  const { values, positionals } = parseOptions(args, { all: { type: 'boolean', default: false } }, [
    'dir?',
  ])
  return (context: CliContext) => setPaused(positionals[0], values.all, isPaused, context)
}

async function setPaused(
  asked: string | undefined,
  isAll: boolean,
  isPaused: boolean,
  context: CliContext,
): Promise<void> {
  const { links, terminal, workingDir } = context
  const known = await links.list()
  const chosen = isAll ? known : [await findLink(known, asked, workingDir)]
  for (const link of chosen) {
    const changed = await links.change(link.id, () => ({ isPaused }))
    const isRunning = await tellDaemon(context, changed)
    const name = printable(link.path)
    if (isPaused) terminal.print(`${name} is paused; go on by: cloudsync resume`)
    else if (isRunning) terminal.print(`${name} is synced again.`)
    else terminal.print(`${name} is synced again as soon as cloudsync run is started.`)
  }
}
