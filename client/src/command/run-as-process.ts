import { exitCodes } from './exit-codes.ts'
import { openContext } from './open-context.ts'
import { runCommand } from './run-command.ts'

/** Runs the command that the arguments of this process ask for, until it ends or somebody stops it. */
export async function runAsProcess(): Promise<void> {
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // The second time somebody means it: nothing that is lost by it would not be found again.
      if (stopped.signal.aborted) process.exit(exitCodes.interrupted)
      stopped.abort()
    })
  // Who reads our output may have enough of it: `cloudsync history | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(exitCodes.done)
  })
  process.exitCode = await runCommand(process.argv.slice(2), openContext(process, stopped.signal))
}
