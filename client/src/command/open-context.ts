import { realpathSync } from 'node:fs'
import type { CliContext } from './cli-command.ts'
import { Credentials } from './settings/credentials.ts'
import { Links } from './settings/links.ts'
import { findPlaces } from './settings/places.ts'
import { ServerSessions } from './settings/server-sessions.ts'
import { openTerminal } from './terminal/terminal.ts'
import { version } from './version.ts'

/** What commands work with, of a process. Nothing else reads its environment. */
export function openContext(process: NodeJS.Process, signal: AbortSignal): CliContext {
  const { env, platform, argv, execPath, stdin, stdout, stderr } = process
  const places = findPlaces(env, platform)
  const credentials = new Credentials(places)
  return {
    terminal: openTerminal({ stdin, stdout, stderr }, env),
    env,
    platform,
    workingDir: process.cwd(),
    program: [execPath, realpathSync(argv[1] ?? '.')],
    places,
    links: new Links(places),
    sessions: new ServerSessions({ credentials, env, userAgent: `cloudsync/${version}` }),
    now: () => Date.now(),
    signal,
  }
}
