import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { promisify } from 'node:util'
import type { CliCommand, CliContext } from '../cli-command.ts'
import { CommandError, UsageError } from '../command-error.ts'
import { exitCodes } from '../exit-codes.ts'
import { tokenVariable } from '../settings/server-sessions.ts'
import { parseOptions } from '../parse-options.ts'
import { launchdLabel, launchdPlist } from '../units/launchd-plist.ts'
import type { ServiceProgram } from '../units/service-program.ts'
import { systemdUnit } from '../units/systemd-unit.ts'

const verbs = ['install', 'uninstall', 'print'] as const
type Verb = (typeof verbs)[number]

export const service: CliCommand = {
  name: 'service',
  group: 'start',
  summary: 'runs it in the background from sign-in on',
  synopses: ['install', 'uninstall', 'print'],
  details: `
Writes a user unit for systemd (Linux) or an agent for launchd (macOS) that starts cloudsync run when you sign in, and
starts it again when it fails. No administrator is needed. print shows the file and writes nothing; uninstall stops
and removes it, and leaves links, files and sign-ins as they are.

On Linux it ends when you sign out, unless you say once: loginctl enable-linger
Its log: journalctl --user -u cloudsync (Linux), cloudsync.log in the state directory (macOS).

Example: cloudsync service install
`,
  parse(args) {
    const { positionals } = parseOptions(args, {}, [verbs.join('|')])
    const verb = verbs.find((one) => one === positionals[0])
    if (!verb) throw new UsageError(`Say one of: ${verbs.join(', ')}`)
    return (context) => serve(verb, context)
  },
}

interface ServiceKind {
  readonly path: string
  readonly text: string
  readonly start: readonly (readonly string[])[]
  readonly stop: readonly (readonly string[])[]
  readonly afterRemoval: readonly (readonly string[])[]
}

async function serve(verb: Verb, context: CliContext): Promise<void> {
  const { terminal } = context
  const kind = serviceKindOf(context)
  switch (verb) {
    case 'print':
      terminal.print(kind.text.trimEnd())
      return
    case 'install': {
      await mkdir(dirname(kind.path), { recursive: true })
      await mkdir(context.places.stateDir, { recursive: true, mode: 0o700 })
      await writeFile(kind.path, kind.text)
      for (const words of kind.start)
        await call(words).catch((cause: unknown) => {
          const detail = cause instanceof Error ? cause.message : String(cause)
          throw new CommandError(
            `It is written as ${kind.path}, and could not be started: ${detail}`,
            exitCodes.failed,
            { cause },
          )
        })
      terminal.print(`Installed as ${kind.path}, and running.`)
      await warn(context)
      return
    }
    case 'uninstall': {
      for (const words of kind.stop) await call(words).catch(() => undefined)
      await rm(kind.path, { force: true })
      for (const words of kind.afterRemoval) await call(words).catch(() => undefined)
      terminal.print('The service is gone. Links, files and sign-ins are as they were.')
      return
    }
  }
}

/** What would keep it from doing anything. */
async function warn({ terminal, links, sessions, env, program }: CliContext): Promise<void> {
  const known = await links.list()
  if (known.length === 0)
    terminal.note('No folder is linked yet: cloudsync link <dir> <space>, and install it again.')
  const servers = new Set(known.map(({ server }) => server))
  for (const server of servers)
    if (env[tokenVariable] && !(await sessions.credentials.find(server)))
      terminal.note(
        `The service does not have ${tokenVariable}; sign in by: cloudsync login ${server}`,
      )
  if (program.some((path) => path.split(sep).includes('_npx')))
    terminal.note(
      'It runs from what npx keeps for a while only; install the command for good, and this again.',
    )
}

function serviceKindOf({ platform, env, program, places }: CliContext): ServiceKind {
  const home = env['HOME'] || homedir()
  const described: ServiceProgram = { program, environment: environmentOf(env) }
  if (platform === 'linux') {
    const config = env['XDG_CONFIG_HOME'] || join(home, '.config')
    const systemctl = (...words: string[]) => ['systemctl', '--user', ...words]
    return {
      path: join(config, 'systemd/user/cloudsync.service'),
      text: systemdUnit(described),
      start: [
        systemctl('daemon-reload'),
        systemctl('enable', 'cloudsync.service'),
        systemctl('restart', 'cloudsync.service'),
      ],
      stop: [systemctl('disable', '--now', 'cloudsync.service')],
      afterRemoval: [systemctl('daemon-reload')],
    }
  }
  if (platform === 'darwin') {
    const path = join(home, 'Library/LaunchAgents', `${launchdLabel}.plist`)
    const domain = `gui/${userInfo().uid}`
    return {
      path,
      text: launchdPlist(described, join(places.stateDir, 'cloudsync.log')),
      start: [['launchctl', 'bootstrap', domain, path]],
      stop: [['launchctl', 'bootout', `${domain}/${launchdLabel}`]],
      afterRemoval: [],
    }
  }
  throw new CommandError(
    `Services are installed on Linux (systemd) and macOS (launchd) alone; have “${[...program, 'run'].join(' ')}” ` +
      'started at sign-in by the task scheduler of this system',
    exitCodes.failed,
  )
}

/** What says where things lie, and nothing secret. */
function environmentOf(env: CliContext['env']): Record<string, string> {
  const names = ['XDG_CONFIG_HOME', 'XDG_STATE_HOME']
  return Object.fromEntries(
    names.flatMap((name) => (env[name] ? [[name, env[name]] as const] : [])),
  )
}

async function call([file = '', ...args]: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(file, args)
  } catch (cause) {
    const words = [file, ...args].join(' ')
    const detail = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    throw new CommandError(
      `“${words}” failed${detail === '' ? '' : `: ${detail}`}`,
      exitCodes.failed,
      { cause },
    )
  }
}
