import { spawn, type StdioOptions } from 'node:child_process'

/** A program, and the user to run it as. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly uid?: number
  readonly gid?: number
}

export interface CommandResult {
  /** Unset when a signal ended it or it could not be started. */
  readonly exitCode: number | undefined
  /** Its standard output and error, or why it could not be started. */
  readonly output: string
}

/**
 * What PostgreSQL's programs get to see. Not our environment: PGDATA, PGOPTIONS or a locale in it
 * would change the cluster. TZ spares initdb from reading all time zones to guess the system's.
 */
export const COMMAND_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const

export function spawnOptions(command: Command, stdio: StdioOptions) {
  return {
    // A user who cannot see our working directory can still start there.
    cwd: '/',
    env: COMMAND_ENVIRONMENT,
    stdio,
    ...(command.uid === undefined ? {} : { uid: command.uid }),
    ...(command.gid === undefined ? {} : { gid: command.gid }),
  }
}

export function runCommand(command: Command): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(
      command.file,
      command.args,
      spawnOptions(command, ['ignore', 'pipe', 'pipe']),
    )
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', (error) => resolve({ exitCode: undefined, output: error.message }))
    child.on('close', (code) => resolve({ exitCode: code ?? undefined, output: output.trim() }))
  })
}
