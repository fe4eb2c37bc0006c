import type { ExitCode } from './exit-codes.ts'
import type { Links } from './settings/links.ts'
import type { Places } from './settings/places.ts'
import type { ServerSessions } from './settings/server-sessions.ts'
import type { Terminal } from './terminal/terminal.ts'

export interface CliContext {
  readonly terminal: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly workingDir: string
  /** Node and the script, by which the command is started again. */
  readonly program: readonly string[]
  readonly places: Places
  readonly links: Links
  readonly sessions: ServerSessions
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Ends what goes on until somebody stops it. */
  readonly signal: AbortSignal
}

export type CommandGroup = 'start' | 'watch' | 'files' | 'settings'

export interface CliCommand {
  readonly name: string
  readonly group: CommandGroup
  /** In the list of all commands: one line of 60 characters. */
  readonly summary: string
  /** What comes after the name, for each way of use. */
  readonly synopses: readonly string[]
  /** What it does, its options and an example. */
  readonly details: string
  /** What the arguments ask for. Throws `UsageError`. Nothing returned means: done. */
  readonly parse: (
    args: readonly string[],
  ) => (context: CliContext) => Promise<ExitCode | undefined | void>
}

export function usageOf({ name, synopses, details }: CliCommand): string {
  const ways = synopses.map((synopsis) => `cloudsync ${name} ${synopsis}`.trimEnd())
  return `Usage: ${ways.join('\n       ')}\n\n${details.trim()}\n`
}
