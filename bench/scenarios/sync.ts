import { spawnSync } from 'node:child_process'
import { ensurePrograms, rclone, rsync, syncthing, unison } from '../../scripts/system-programs.ts'
import { makeDataDir } from '../peers/cloudsync-peer.ts'
import { describeCommit } from '../report/machine.ts'
import { readReportJson } from '../report/write-report.ts'
import type { Scenario } from './scenario.ts'
import { measureLargeEdit } from './sync/large-edit.ts'
import { measureManyFiles } from './sync/many-files.ts'
import { measureRestart } from './sync/restart.ts'
import { measureStructure } from './sync/structure.ts'
import type { SyncContext, SyncPart } from './sync/sync-part.ts'

const peers = [syncthing, unison, rclone, rsync]

/** The questions in their order; each is a part of the report. */
const parts: Readonly<Record<string, (context: SyncContext) => Promise<SyncPart>>> = {
  'many-files': measureManyFiles,
  structure: measureStructure,
  restart: measureRestart,
  'large-edit': measureLargeEdit,
}

type KeptPart = SyncPart & { readonly commit: string }

/** A folder of one machine that is the same as one of another, beside programs that do only that. */
export const syncScenario: Scenario = {
  name: 'sync',
  async run(context) {
    const wanted = context.parts.length > 0 ? context.parts : Object.keys(parts)
    const unknown = wanted.filter((name) => !(name in parts))
    if (unknown.length > 0)
      throw new Error(`No part ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}`)
    const { environment: programs, missing } = ensurePrograms(peers)
    const workDir = await makeDataDir()
    const results: Record<string, KeptPart> = {}
    for (const [name, measure] of Object.entries(parts)) {
      if (!wanted.includes(name)) continue
      const part = await measure({ ...context, programs, workDir })
      results[name] = { ...part, commit: describeCommit() }
    }
    const kept = context.isQuick ? {} : await readKept()
    const names = Object.keys(parts).filter((name) => results[name] ?? kept[name])
    const shown = names.flatMap((name) => results[name] ?? kept[name] ?? [])
    return {
      name: 'sync',
      title: 'Folders kept the same',
      method: [
        `CloudSync: the command \`cloudsync run\` for each folder, and the server as it starts by itself, with its embedded database, all on this machine; ${describePrograms(programs)}`,
        ...missing.map((line) => `Skipped: ${line}`),
        ...names
          .filter((name) => !results[name])
          .map((name) => `Kept from an earlier run: ${name}, at commit ${kept[name]?.commit}`),
        ...shown.flatMap((part) => part.method),
      ],
      comparisons: [],
      tables: shown.flatMap((part) => part.tables),
      goals: shown.flatMap((part) => part.goals),
      parts: { ...kept, ...results },
    }
  },
}

/** What earlier runs found, for parts that are not measured now. */
async function readKept(): Promise<Readonly<Record<string, KeptPart>>> {
  const report = (await readReportJson('sync')) as { parts?: Record<string, KeptPart> } | undefined
  return report?.parts ?? {}
}

/** Their versions, as they tell them. */
function describePrograms(programs: SyncContext['programs']): string {
  const versions = peers.flatMap(({ variable, versionOption = '--version' }) => {
    const path = programs[variable]
    if (path === undefined) return []
    const { stdout, stderr } = spawnSync(path, [versionOption], { encoding: 'utf8' })
    const [line = ''] = (stdout || stderr).split('\n')
    return line.split(/ \(|  /)[0] ?? line
  })
  return versions.join(', ')
}
