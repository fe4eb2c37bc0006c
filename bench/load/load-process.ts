import { runLeaveNodes, runOpenNodes, runTypeOnNode } from './cluster-load.ts'
import { runAttack, runHonest } from './hostile-load.ts'
import { runJoin, runHold, runRelease, runVisit } from './joining-load.ts'
import type { JobHandlers, JobReply, JobRequest } from './jobs.ts'
import { runFirstSync, runReplay, runTrace } from './paper-load.ts'
import { runAcknowledge, runBroadcast, runFlood } from './typing-load.ts'

/** The process that the load comes from: one job at a time, asked for over its IPC channel. */
const handlers: JobHandlers = {
  acknowledge: runAcknowledge,
  flood: runFlood,
  broadcast: runBroadcast,
  join: runJoin,
  visit: runVisit,
  hold: runHold,
  release: runRelease,
  replay: runReplay,
  trace: runTrace,
  firstSync: runFirstSync,
  honest: runHonest,
  attack: runAttack,
  openNodes: runOpenNodes,
  typeOnNode: runTypeOnNode,
  leaveNodes: runLeaveNodes,
}

process.on('message', (request: JobRequest) => {
  const handler = handlers[request.kind] as (input: unknown) => Promise<unknown>
  handler(request.input).then(
    (output) => reply({ output }),
    (error: unknown) =>
      reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))

function reply(message: JobReply): void {
  process.send?.(message)
}
