import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runStorageTorture, type StorageTortureResult } from './support/storage-torture-run.ts'

/**
 * `npm run torture:storage -- --kills 200 --seed 1`: people upload, replace, delete and bring back while the
 * server, its database and copies of the store are killed; nothing acknowledged may be lost. Then the controls,
 * with a collector that waits for no lease and a store that keeps nothing at first, which must lose something.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    'control-kills': { type: 'string', default: '40' },
  },
})

const seed = Number(values.seed)
const common = { seed, speed: 3_600, report: (line: string) => console.log(line) }
const controls = [
  { name: 'a collector that waits for no lease', entry: 'hasty-storage-server.ts' },
  { name: 'a store that keeps nothing at first', entry: 'forgetful-storage-server.ts' },
]

console.log(`torture of the content store, seed ${seed}`)
const result = await runStorageTorture({
  ...common,
  kills: Number(values.kills),
  roundsInCycle: 10,
})
const lines = [summary('the server', result)]
console.log(lines[0])
let isProof = result.loss === undefined && result.unexpected.length === 0
for (const { name, entry } of controls) {
  const control = await runStorageTorture({
    ...common,
    kills: Number(values['control-kills']),
    roundsInCycle: 5,
    entry: fileURLToPath(new URL(`./${entry}`, import.meta.url)),
  })
  lines.push(summary(`control, ${name} (must lose something)`, control))
  console.log(lines.at(-1))
  isProof &&= control.loss !== undefined
}
await writeResults()
if (!isProof) process.exitCode = 1

function summary(name: string, { kills, done, ...rest }: StorageTortureResult): string {
  const steps = [...done].map(([step, count]) => `${count} ${step}`).join(', ')
  return (
    `${name}: ${kills.server + kills.both + kills.migration} kills: ${kills.server} of the server, ` +
    `${kills.both} of it and PostgreSQL, ${kills.migration} of copies; acknowledged: ${steps}; ${rest.checks} checks, ${rest.cycles} times all was ` +
    `looked at; ${rest.collectedChunks} chunks collected, ${rest.movedChunks} moved, ${rest.revivedChunks} ` +
    `revived; ${rest.givenUp} resumable uploads given up; slowest start ${Math.round(rest.slowestStartMs)} ms; ` +
    `${rest.unexpected.length} answers that should not be; lost: ${rest.loss ?? 'nothing'}`
  )
}

async function writeResults(): Promise<void> {
  const folder = fileURLToPath(new URL('../bench/results/', import.meta.url))
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim()
  await mkdir(folder, { recursive: true })
  const text = [
    '# Torture of the content store: no acknowledged byte lost',
    '',
    `Command: \`npm run torture:storage -- --kills ${values.kills} --seed ${values.seed}\`, at commit ${commit}`,
    '',
    ...lines.map((line) => `- ${line}`),
    '',
  ]
  await writeFile(`${folder}torture-storage.md`, text.join('\n'))
}
