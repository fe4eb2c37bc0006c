import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ensurePrograms, redis } from '../scripts/system-programs.ts'
import type { ClusterTortureResult } from './support/cluster-torture-run.ts'

/**
 * `npm run torture:cluster -- --faults 1000 --nodes 2 --seed 1`: stock clients work at several nodes while
 * these, PostgreSQL, Redis and the network between them fail; nothing acknowledged may be lost. Then the
 * control, whose nodes tell each other of edits before they are committed, and which must lose something.
 */
const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '1000' },
    nodes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    documents: { type: 'string', default: '3' },
    'max-stop-ms': { type: 'string', default: '3000' },
    'control-faults': { type: 'string', default: '60' },
  },
})

Object.assign(process.env, ensurePrograms([redis]).environment)
const { runClusterTorture } = await import('./support/cluster-torture-run.ts')

const common = {
  seed: Number(values.seed),
  nodes: Number(values.nodes),
  documents: Number(values.documents),
  maxStopMs: Number(values['max-stop-ms']),
  report: (line: string) => console.log(line),
}

console.log(`torture of ${values.nodes} nodes, seed ${values.seed}`)
const result = await runClusterTorture({ ...common, faults: Number(values.faults) })
console.log(summary('published after the commit', result))

console.log('control: published before the commit')
const control = await runClusterTorture({
  ...common,
  faults: Number(values['control-faults']),
  // Clients that stay would bring back what was lost, or be refused.
  cutShare: 1,
  entry: fileURLToPath(new URL('./unsafe-cluster-server.ts', import.meta.url)),
  stopAtLoss: true,
})
console.log(summary('control', control))

await writeResults()
const isSound = result.lost.length === 0 && result.disagreements.length === 0
if (!isSound || control.lost.length === 0) process.exitCode = 1

function summary(name: string, { faults, messages, ...rest }: ClusterTortureResult): string {
  const total = [...faults.values()].reduce((sum, count) => sum + count, 0)
  const kinds = [...faults].map(([kind, count]) => `${count} ${kind}`).toSorted()
  return (
    `${name}: ${total} faults (${kinds.join(', ')}), ` +
    `${messages.dropped} messages dropped and ${messages.delayed} delayed, ` +
    `${rest.edits} edits, ${rest.acknowledged} acknowledged, ${rest.checks} checks, ` +
    `lost ${rest.lost.length}, ${rest.disagreements.length} disagreements of rows and documents, ` +
    `${rest.lateReads} late reads, ${rest.refusedFrames} frames refused, ` +
    `slowest recovery ${Math.round(rest.slowestRecoveryMs)} ms`
  )
}

async function writeResults(): Promise<void> {
  const folder = fileURLToPath(new URL('../bench/results/', import.meta.url))
  await mkdir(folder, { recursive: true })
  const lines = [
    '# Torture of several nodes: no acknowledged edit lost',
    '',
    `Command: \`npm run torture:cluster -- --faults ${values.faults} --nodes ${values.nodes} --seed ${values.seed}\``,
    '',
    `- ${summary('published after the commit', result)}`,
    `- ${summary('control, published before the commit', control)} (must have lost more than 0)`,
    '',
  ]
  await writeFile(`${folder}torture-cluster.md`, lines.join('\n'))
}
