/**
 * `npm run simulate -- --runs 10000 --seed 1`: seeded simulations of folders that several replicas edit
 * while messages are lost and the server dies at any statement. Prints seed and operations of each run
 * in which an invariant is broken; the order of concurrent transactions is the database's own.
 */
import { parseArgs } from 'node:util'
import { runSimulations } from './run-simulations.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
  },
})

const say = (line: string) => process.stdout.write(`${line}\n`)
const started = performance.now()
const result = await runSimulations({
  runs: Number(values.runs),
  seed: Number(values.seed),
  ...(values.seconds === undefined ? {} : { maxMs: Number(values.seconds) * 1000 }),
  report: say,
})
for (const failure of result.failures) say(failure)
const seconds = Math.round((performance.now() - started) / 1000)
say(
  `${result.runs} runs from seed ${values.seed}, ${result.operations} operations, ` +
    `${result.crashes} crashes, ${result.folded} rows folded, ${result.failures.length} with faults, ${seconds} s`,
)
if (result.failures.length > 0) process.exitCode = 1
