import { parseArgs } from 'node:util'
import { LoadGenerator } from './load/load-generator.ts'
import { stopServers } from './peers/server-process.ts'
import { describeMachine } from './report/machine.ts'
import { renderReport } from './report/markdown.ts'
import { writeReport } from './report/write-report.ts'
import { accessScenario } from './scenarios/access.ts'
import { ackScenario } from './scenarios/ack.ts'
import { broadcastScenario } from './scenarios/broadcast.ts'
import { clusterScenario } from './scenarios/cluster.ts'
import { gatewayScenario } from './scenarios/gateway.ts'
import { hostileScenario } from './scenarios/hostile.ts'
import { joinScenario } from './scenarios/join.ts'
import { memoryScenario } from './scenarios/memory.ts'
import { mixScenario } from './scenarios/mix.ts'
import { paperScenario } from './scenarios/paper.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { startScenario } from './scenarios/start.ts'
import { storageScenario } from './scenarios/storage.ts'
import { syncScenario } from './scenarios/sync.ts'
import { throughputScenario } from './scenarios/throughput.ts'
import { treeScenario } from './scenarios/tree.ts'
import { webFolderScenario } from './scenarios/web-folder.ts'

const scenarios: readonly Scenario[] = [
  startScenario,
  ackScenario,
  throughputScenario,
  broadcastScenario,
  joinScenario,
  paperScenario,
  hostileScenario,
  memoryScenario,
  accessScenario,
  treeScenario,
  webFolderScenario,
  clusterScenario,
  storageScenario,
  syncScenario,
  gatewayScenario,
  mixScenario,
]

const usage = `node bench/run.ts [scenario…] [options]

Measures CloudSync beside stock Hocuspocus and the stock y-websocket server, on loopback.
Scenarios: ${scenarios.map(({ name }) => name).join(' ')} (default: all)
\`cluster\` starts a Redis of its own: REDIS_BIN, or redis-server on the path.
\`storage\` compares with restic, Borg, rsync, zsync, casync and rclone, which root on Debian gets installed: RESTIC_BIN, …
\`sync\` compares with Syncthing, Unison, rclone and rsync in the same way: SYNCTHING_BIN, …

  --rounds N    rounds that take turns; figures are their medians (default 5)
  --minutes N   how long \`memory\` is watched (default 3)
  --trace FILE  editing history for \`paper\` (default ../shared/data/automerge-paper.json.gz)
  --patience N  seconds that a round waits for other processes to be quiet (default 10)
  --gigabytes N how long the upload of \`storage\` is during which memory is watched (default 10)
  --parts LIST  only these of \`storage\`: first-uploads, long-upload, small-files, versions, deltas;
                or of \`sync\`: many-files, structure, restart, large-edit
  --million     \`tree\` and \`web-folder\` with a space of 1,000,000 nodes too
  --quick       one short round, to see that everything works; writes no results
`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      minutes: { type: 'string', default: '3' },
      trace: { type: 'string', default: '../shared/data/automerge-paper.json.gz' },
      patience: { type: 'string', default: '10' },
      gigabytes: { type: 'string', default: '10' },
      parts: { type: 'string', default: '' },
      million: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const unknown = positionals.filter(
    (name) => !scenarios.some((scenario) => scenario.name === name),
  )
  if (values.help || unknown.length > 0) {
    console.error(
      unknown.length > 0 ? `There is no scenario ${unknown.join(', ')}.\n\n${usage}` : usage,
    )
    process.exitCode = values.help ? 0 : 2
    return
  }
  const chosen = scenarios.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  )
  for (const scenario of chosen) {
    console.error(`── ${scenario.name}`)
    const machine = describeMachine()
    await using load = new LoadGenerator()
    const report = await scenario.run({
      rounds: values.quick ? 1 : Number(values.rounds),
      isQuick: values.quick,
      parts: values.parts.split(',').filter(Boolean),
      tracePath: values.trace,
      minutes: values.quick ? 0.1 : Number(values.minutes),
      gibibytes: values.quick ? 0.25 : Number(values.gigabytes),
      withMillion: values.million,
      patienceMs: Number(values.patience) * 1000,
      load,
      say: (text) => console.error(text),
    })
    const command = [
      'node bench/run.ts',
      scenario.name,
      ...process.argv.slice(2).filter((arg) => !positionals.includes(arg)),
    ].join(' ')
    console.log(renderReport(report, command, machine))
    if (!values.quick) await writeReport(report, command, machine)
  }
}

/** A server that is left behind would go on using the machine that the next run measures. */
function stopWith(exitCode: number): void {
  void stopServers().finally(() => process.exit(exitCode))
}

process.once('SIGINT', () => stopWith(130))
process.once('SIGTERM', () => stopWith(143))

await main()
