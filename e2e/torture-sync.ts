import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { runSyncStorm, type SyncStormResult } from './sync/sync-storm-run.ts'
import { runSyncTorture, type SyncTortureResult } from './sync/sync-torture-run.ts'

/**
 * `npm run torture:sync -- --kills 200 --seed 1`: three people work in folders that three processes of `cloudsync run`
 * keep in step with a server, while those processes are killed; nothing that was written may be lost, nor be there twice.
 * Then the storm: programs save one file in three folders while three people type into it in browsers. It prints what it
 * was asked for, at which commit, and what came of it.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    'kills-in-cycle': { type: 'string', default: '20' },
    'large-mib': { type: 'string', default: '40' },
    'storm-seconds': { type: 'string', default: '60' },
  },
})

const mib = 1024 * 1024
const asked = Object.entries(values).map(([name, value]) => `--${name} ${value}`)
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim()
console.log(`npm run torture:sync -- ${asked.join(' ')}, at commit ${commit}`)
const result = await runSyncTorture({
  seed: Number(values.seed),
  kills: Number(values.kills),
  killsInCycle: Number(values['kills-in-cycle']),
  largeBytes: { least: 8 * mib, most: Number(values['large-mib']) * mib },
  restTimeoutMs: 5 * 60_000,
  report: (line) => console.log(line),
})
if (result.story !== '') console.log(result.story)
console.log(tellTorture(result))
const faults = [...result.faults]
if (Number(values['storm-seconds']) > 0) {
  const storm = await runSyncStorm({
    seed: Number(values.seed),
    durationMs: Number(values['storm-seconds']) * 1000,
    restTimeoutMs: 2 * 60_000,
  })
  faults.push(...storm.faults)
  if (storm.faults.length > 0) console.log(storm.text)
  console.log(tellStorm(storm))
}
for (const fault of faults) console.log(fault)
if (faults.length > 0) process.exitCode = 1

function tellTorture({ kills, contents, faults: found, ...rest }: SyncTortureResult): string {
  const all = kills.client + kills.server + kills.both
  return (
    `${all} kills (${kills.client} of a client, ${kills.server} of the server, ${kills.both} of both), ${rest.acts} acts, ` +
    `${rest.largeFiles} large files of ${Math.round(rest.largeBytes / mib)} MiB together, ${contents.files} contents, ` +
    `${contents.words} words of texts (${contents.uncertain} written into a file in the moment in which it was replaced), ` +
    `${rest.cycles} times all was looked at, slowest rest ${(rest.slowestRestMs / 1000).toFixed(1)} s: **${found.length} faults**`
  )
}

function tellStorm({ saves, typed, restMs, faults: found }: SyncStormResult): string {
  return (
    `the storm, ${values['storm-seconds']} s: ${saves} saves by programs in three folders and ${typed} words typed in three browsers, ` +
    `all six the same ${(restMs / 1000).toFixed(1)} s after the last: **${found.length} faults**`
  )
}
