#!/usr/bin/env node
import { keepHeapSmall } from './command/keep-heap-small.ts'
import { openContext } from './command/open-context.ts'
import { exitCodes } from './command/exit-codes.ts'
import { runCommand } from './command/run-command.ts'

keepHeapSmall()
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
