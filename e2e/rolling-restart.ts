import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ensurePrograms, nginx, redis } from '../scripts/system-programs.ts'
import { runRolling, type Restart } from './support/rolling-run.ts'

/**
 * `npm run rolling -- --clients 200`: stock clients type through nginx while the servers behind it are
 * restarted one after the other. Nothing may be lost or refused, and everybody must soon be back.
 */
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '200' },
    servers: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
})

const maxReconnectMs = 3_000

const programs = ensurePrograms([nginx, redis])
for (const line of programs.missing) console.error(`The cluster lacks ${line}`)
if (programs.missing.length > 0) process.exit(1)
Object.assign(process.env, programs.environment)

const result = await runRolling({
  clients: Number(values.clients),
  servers: Number(values.servers),
  seed: Number(values.seed),
  report: (line) => console.log(line),
})
const all = result.restarts.flatMap(({ reconnects }) => reconnects)
const slowestMs = percentile(
  all.map(({ totalMs }) => totalMs),
  0.99,
)
const lines = [
  '# Rolling restart under load',
  '',
  `Command: \`npm run rolling -- --clients ${values.clients} --servers ${values.servers} --seed ${values.seed}\`,`,
  `on a machine of 2 cores that servers, database, Redis, nginx and all clients share.`,
  '',
  `${values.clients} stock Hocuspocus clients, five to a text, type a token a second each, through nginx, over`,
  `${values.servers} servers. One server after the other gets SIGTERM and is started again; of two the second has everybody`,
  `by then, and sends all away at once. REST requests go on as well.`,
  '',
  `- ${result.typed} tokens typed, ${result.acknowledged} acknowledged; **lost of the acknowledged: ${result.lostAcknowledged}**, of all typed: ${result.lostTyped}`,
  `- **frames refused: ${result.refusedFrames}**`,
  `- **reconnect p99: ${Math.round(slowestMs)} ms** of ${all.length} (limit ${maxReconnectMs})`,
  `- REST requests: ${result.requests.sent}, failed: ${result.requests.failed.length}`,
  '',
  'Reconnect: from the close of the socket until all is in sync again. "Own delay" is how long the stock client',
  'waits before it tries, "open" from there to an open socket, "sync" authentication, load and both states.',
  '',
  '| restart | clients | stop | start | reconnect p50 | p99 | max | own delay p50 | p99 | open p50 | p99 | sync p50 | p99 | more than one try |',
  '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
  ...result.restarts.map((restart, index) => row(index + 1, restart)),
  '',
  'Times in milliseconds.',
  '',
]
console.log(lines.join('\n'))
for (const failure of new Set(result.requests.failed)) console.log(`failed request: ${failure}`)
const folder = fileURLToPath(new URL('../bench/results/', import.meta.url))
await mkdir(folder, { recursive: true })
await writeFile(`${folder}rolling-restart.md`, lines.join('\n'))
const isGood =
  result.lostAcknowledged === 0 &&
  result.lostTyped === 0 &&
  result.refusedFrames === 0 &&
  result.requests.failed.length === 0 &&
  slowestMs <= maxReconnectMs
if (!isGood) process.exitCode = 1

function row(number: number, { stopMs, startMs, reconnects }: Restart): string {
  const of = (part: 'totalMs' | 'delayMs' | 'openMs' | 'syncMs', share: number) =>
    percentile(
      reconnects.map((reconnect) => reconnect[part]),
      share,
    )
  const figures = [
    stopMs,
    startMs,
    of('totalMs', 0.5),
    of('totalMs', 0.99),
    of('totalMs', 1),
    of('delayMs', 0.5),
    of('delayMs', 0.99),
    of('openMs', 0.5),
    of('openMs', 0.99),
    of('syncMs', 0.5),
    of('syncMs', 0.99),
  ]
  const retried = reconnects.filter(({ tries }) => tries > 1).length
  const cells = [number, reconnects.length, ...figures.map((figure) => Math.round(figure)), retried]
  return `| ${cells.join(' | ')} |`
}

function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
