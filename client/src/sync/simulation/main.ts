/**
 * `npm run simulate:sync -- --runs 10000 --seed 1`: simulations of computers that keep a folder in sync while processes die
 * between any two steps, messages are lost, late and repeated, and disks fail. A seed that fails is printed with what is
 * wrong, and replays exactly: `--runs 1 --seed N --trace` shows every step of it. With
 * `--unreadable` some folders cannot be read for a while, with `--modes` people make files executable, and symbolic links, with
 * `--displaced` they move texts away and put others under their names at once. With `--told` the disk tells of each change and
 * everything is looked at once an hour: what waits for that has been forgotten. With `--late` the feed tells of an edit of a
 * text a moment after it was made.
 */
import { parseArgs } from 'node:util'
import { playInProcesses } from './play-in-processes.ts'
import { playSeeds, type SeedRange } from './play-seeds.ts'

/** In one process, which by some 6,000 would be out of memory. */
const seedsOfOne = 250

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    trace: { type: 'boolean', default: false },
    unreadable: { type: 'boolean', default: false },
    modes: { type: 'boolean', default: false },
    displaced: { type: 'boolean', default: false },
    late: { type: 'boolean', default: false },
    told: { type: 'boolean', default: false },
  },
})

const say = (line: string) => process.stdout.write(`${line}\n`)
const started = performance.now()
const seeds: SeedRange = {
  firstSeed: Number(values.seed),
  runs: Number(values.runs),
  maxMs: values.seconds === undefined ? undefined : Number(values.seconds) * 1000,
  isTraced: values.trace,
  hasUnreadableFolders: values.unreadable,
  hasModes: values.modes,
  hasDisplacedTexts: values.displaced,
  isAlwaysTold: values.told,
  isToldLate: values.late,
}
const { runs, actions, crashes, steps, failed } =
  seeds.runs > seedsOfOne
    ? await playInProcesses(seeds, seedsOfOne, say)
    : await playSeeds(seeds, say)
say(
  `${runs} runs from seed ${seeds.firstSeed}, ${actions} actions, ${crashes} crashes, ${steps} steps, ` +
    `${failed.length} with faults, ${Math.round((performance.now() - started) / 1000)} s`,
)
if (failed.length > 0) {
  say(`failed: ${failed.join(' ')}`)
  process.exitCode = 1
}
