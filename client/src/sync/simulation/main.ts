/**
 * `npm run simulate:sync -- --runs 10000 --seed 1`: simulations of computers that keep a folder in sync while processes die
 * between any two steps, messages are lost, late and repeated, and disks fail. A seed that fails is printed with what is
 * wrong, and replays exactly: `--runs 1 --seed N --trace` shows every step of it. With
 * `--unreadable` some folders cannot be read for a while, with `--modes` people make files executable, and symbolic links, with
 * `--displaced` they move texts away and put others under their names at once. With `--told` the disk tells of each change and
 * everything is looked at once an hour: what waits for that has been forgotten.
 */
import { parseArgs } from 'node:util'
import { simulate } from './simulation.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    trace: { type: 'boolean', default: false },
    unreadable: { type: 'boolean', default: false },
    modes: { type: 'boolean', default: false },
    displaced: { type: 'boolean', default: false },
    told: { type: 'boolean', default: false },
  },
})

const say = (line: string) => process.stdout.write(`${line}\n`)
const started = performance.now()
const seconds = () => (performance.now() - started) / 1000
const first = Number(values.seed)
const failed: number[] = []
let [runs, steps, actions, crashes] = [0, 0, 0, 0]
for (let seed = first; seed < first + Number(values.runs); seed++) {
  if (values.seconds !== undefined && seconds() > Number(values.seconds)) break
  const result = await simulate({
    seed,
    hasUnreadableFolders: values.unreadable,
    hasModes: values.modes,
    hasDisplacedTexts: values.displaced,
    isAlwaysTold: values.told,
  })
  runs++
  steps += result.steps
  actions += result.actions
  crashes += result.crashes
  if (values.trace) for (const line of result.trace) say(line)
  if (result.faults.length === 0) continue
  failed.push(seed)
  say(`seed ${seed}:`)
  for (const fault of result.faults.slice(0, 10)) say(`  ${fault}`)
}
say(
  `${runs} runs from seed ${first}, ${actions} actions, ${crashes} crashes, ${steps} steps, ` +
    `${failed.length} with faults, ${Math.round(seconds())} s`,
)
if (failed.length > 0) {
  say(`failed: ${failed.join(' ')}`)
  process.exitCode = 1
}
