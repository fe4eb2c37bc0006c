import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runTorture, type TortureResult } from './support/torture-run.ts'

/**
 * `npm run torture -- --kills 1000 --seed 1`: stock clients type while the server and its database are
 * killed; nothing acknowledged may be lost. Then the control, with acknowledgements from memory, which
 * must lose something.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    documents: { type: 'string', default: '6' },
    clients: { type: 'string', default: '2' },
    'control-kills': { type: 'string', default: '60' },
  },
})

const seed = Number(values.seed)
const common = {
  seed,
  documents: Number(values.documents),
  clientsPerDocument: Number(values.clients),
  report: (line: string) => console.log(line),
}

console.log(`torture, seed ${seed}`)
const result = await runTorture({ ...common, kills: Number(values.kills) })
console.log(summary('durable acknowledgements', result))

console.log('control: acknowledgements from memory')
const control = await runTorture({
  ...common,
  kills: Number(values['control-kills']),
  entry: fileURLToPath(new URL('./unsafe-server.ts', import.meta.url)),
  stopAtLoss: true,
})
console.log(summary('control', control))

await writeResults()
if (result.lost.length > 0 || control.lost.length === 0) process.exitCode = 1

function summary(name: string, { kills, lost, ...rest }: TortureResult): string {
  const total = Object.values(kills).reduce((sum, count) => sum + count, 0)
  return (
    `${name}: ${total} kills (${kills.server} server, ${kills.database} PostgreSQL, ${kills.both} both, ${kills.stalled} server while PostgreSQL stood still), ` +
    `${rest.edits} edits, ${rest.acknowledged} acknowledged, ${rest.checks} checks, lost ${lost.length}, ` +
    `${rest.refusedFrames} frames refused, slowest recovery ${Math.round(rest.slowestRecoveryMs)} ms, ` +
    `slowest start ${Math.round(rest.slowestStartMs)} ms`
  )
}

async function writeResults(): Promise<void> {
  const folder = fileURLToPath(new URL('../bench/results/', import.meta.url))
  await mkdir(folder, { recursive: true })
  const lines = [
    '# Torture: no acknowledged edit lost',
    '',
    `Command: \`npm run torture -- --kills ${values.kills} --seed ${values.seed}\``,
    '',
    `- ${summary('durable acknowledgements', result)}`,
    `- ${summary('control, acknowledging from memory', control)} (must be more than 0)`,
    '',
  ]
  await writeFile(`${folder}torture.md`, lines.join('\n'))
}
