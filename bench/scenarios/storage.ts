import { spawnSync } from 'node:child_process'
import {
  borg,
  casync,
  debugfs,
  ensurePrograms,
  mke2fs,
  rclone,
  restic,
  rsync,
  zsync,
  zsyncmake,
} from '../../scripts/system-programs.ts'
import { makeDataDir } from '../peers/cloudsync-peer.ts'
import { describeCommit } from '../report/machine.ts'
import { readReportJson } from '../report/write-report.ts'
import type { Scenario } from './scenario.ts'
import { measureDeltas } from './storage/deltas.ts'
import { measureFirstUploads } from './storage/first-uploads.ts'
import { measureLongUpload } from './storage/long-upload.ts'
import { measureSmallFiles } from './storage/small-files.ts'
import { measureVersions } from './storage/versions.ts'
import type { KeptPart, StorageContext, StoragePart } from './storage/storage-part.ts'

const peers = [restic, borg, rsync, zsync, zsyncmake, casync, rclone, mke2fs, debugfs]

/** The questions in their order; each is a part of the report. */
const parts: Readonly<Record<string, (context: StorageContext) => Promise<StoragePart>>> = {
  'first-uploads': measureFirstUploads,
  'long-upload': measureLongUpload,
  'small-files': measureSmallFiles,
  versions: measureVersions,
  deltas: measureDeltas,
}

/** What files cost: to take them in, to keep them, to give them back. */
export const storageScenario: Scenario = {
  name: 'storage',
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
      name: 'storage',
      title: 'Files',
      method: [
        `CloudSync as it starts by itself, with its embedded database, and files for its objects; ${describePrograms(programs)}`,
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
  const report = (await readReportJson('storage')) as
    | { parts?: Record<string, KeptPart> }
    | undefined
  return report?.parts ?? {}
}

/** Their versions, as they tell them. */
function describePrograms(programs: StorageContext['programs']): string {
  const versions = peers.flatMap(({ variable, versionOption = '--version' }) => {
    const path = programs[variable]
    if (path === undefined) return []
    const { stdout, stderr } = spawnSync(path, [versionOption], { encoding: 'utf8' })
    const [line = ''] = (stdout || stderr).split('\n')
    return line.split(' compiled ')[0] ?? line
  })
  return versions.join(', ')
}
