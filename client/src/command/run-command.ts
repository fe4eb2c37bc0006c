import { allCommands } from './all-commands.ts'
import { usageOf, type CliCommand, type CliContext, type CommandGroup } from './cli-command.ts'
import { UsageError } from './command-error.ts'
import { exitCodes, exitCodesHelp, type ExitCode } from './exit-codes.ts'
import { explainFailure } from './explain-failure.ts'
import { version } from './version.ts'

/** The whole command line. Failures that are to be expected are one line on stderr, with what to do. */
export async function runCommand(args: readonly string[], context: CliContext): Promise<ExitCode> {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h')
    return showHelp(name === 'help' ? rest[0] : undefined, context, name !== undefined)
  if (name === '--version') {
    context.terminal.print(version)
    return exitCodes.done
  }
  const command = allCommands.find((one) => one.name === name)
  if (!command) return reportUnknown(name, context)
  if (asksForHelp(rest)) {
    context.terminal.print(usageOf(command).trimEnd())
    return exitCodes.done
  }
  return run(command, rest, context)
}

async function run(
  command: CliCommand,
  args: readonly string[],
  context: CliContext,
): Promise<ExitCode> {
  try {
    return (await command.parse(args)(context)) ?? exitCodes.done
  } catch (error) {
    // Ctrl+C at a question comes as an error of that, and as no signal.
    const isStopped = error instanceof Error && error.name === 'AbortError'
    if (context.signal.aborted || isStopped) return exitCodes.interrupted
    const { message, exitCode } = explainFailure(error)
    context.terminal.note(`cloudsync ${command.name}: ${message}`)
    if (error instanceof UsageError) context.terminal.note(`See: cloudsync ${command.name} --help`)
    // For who mends the command; people never see one.
    if (context.env['CLOUDSYNC_DEBUG'] && error instanceof Error && error.stack)
      context.terminal.note(error.stack)
    return exitCode
  }
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  const options = end === -1 ? args : args.slice(0, end)
  return options.includes('--help') || options.includes('-h')
}

function showHelp(topic: string | undefined, { terminal }: CliContext, isAsked: boolean): ExitCode {
  const command = allCommands.find(({ name }) => name === topic)
  const text = (command ? usageOf(command) : overview()).trimEnd()
  if (isAsked) terminal.print(text)
  else terminal.note(text)
  return isAsked ? exitCodes.done : exitCodes.usage
}

function reportUnknown(name: string, { terminal }: CliContext): ExitCode {
  const near = allCommands.find((one) => isNear(one.name, name))
  const hint = near ? ` Did you mean “${near.name}”?` : ''
  terminal.note(`cloudsync: there is no command “${name}”.${hint} See: cloudsync --help`)
  return exitCodes.usage
}

/** One letter too many, too few or another, or two that changed places. */
function isNear(name: string, typed: string): boolean {
  if (name.startsWith(typed)) return true
  const without = (text: string, index: number) => text.slice(0, index) + text.slice(index + 1)
  const shorter = (text: string) => Array.from(text, (_, index) => without(text, index))
  const ofName = [name, ...shorter(name)]
  return [typed, ...shorter(typed)].some((text) => ofName.includes(text))
}

const groups: Readonly<Record<CommandGroup, string>> = {
  start: 'Getting started',
  watch: 'What goes on',
  files: 'Files and their past',
  settings: 'What is kept here, and how',
}

function overview(): string {
  const sections = Object.entries(groups).map(([group, title]) => {
    const commands = allCommands.filter((command) => command.group === group)
    const lines = commands.map(({ name, summary }) => `  ${name.padEnd(11)}${summary}`)
    return `${title}\n${lines.join('\n')}\n`
  })
  return `Keeps folders of this machine in step with a CloudSync server.

Usage: cloudsync <command> [options]

${sections.join('\n')}
cloudsync <command> --help tells more.
${exitCodesHelp}
`
}
