import { execFileSync } from 'node:child_process'
import { borg, ensurePrograms, restic, rsync } from '../../scripts/system-programs.ts'
import { makeDataDir } from '../peers/cloudsync-peer.ts'
import type { Scenario } from './scenario.ts'
import { measureDeltas } from './storage/deltas.ts'
import { measureFirstUploads } from './storage/first-uploads.ts'
import { measureLongUpload } from './storage/long-upload.ts'
import { measureSmallFiles } from './storage/small-files.ts'
import { measureVersions } from './storage/versions.ts'
import type { StorageContext, StoragePart } from './storage/storage-part.ts'

/** The questions in their order; each is a part of the report. */
const parts: readonly ((context: StorageContext) => Promise<StoragePart>)[] = [
  measureFirstUploads,
  measureLongUpload,
  measureSmallFiles,
  measureVersions,
  measureDeltas,
]

/** What files cost: to take them in, to keep them, to give them back. */
export const storageScenario: Scenario = {
  name: 'storage',
  async run(context) {
    const { environment: programs, missing } = ensurePrograms([restic, borg, rsync])
    const workDir = await makeDataDir()
    const results: StoragePart[] = []
    for (const measure of parts) results.push(await measure({ ...context, programs, workDir }))
    return {
      name: 'storage',
      title: 'Files',
      method: [
        `CloudSync as it starts by itself, with its embedded database, and files for its objects; ${describePrograms(programs)}`,
        ...missing.map((line) => `Skipped: ${line}`),
        ...results.flatMap((part) => part.method),
      ],
      comparisons: [],
      tables: results.flatMap((part) => part.tables),
      goals: results.flatMap((part) => part.goals),
    }
  },
}

/** Their versions, as they tell them. */
function describePrograms(programs: StorageContext['programs']): string {
  const versions = Object.entries(programs).map(([variable, path]) => {
    const option = variable === restic.variable ? 'version' : '--version'
    const [line = ''] = execFileSync(path, [option], { encoding: 'utf8' }).split('\n')
    return line.split(' compiled ')[0] ?? line
  })
  return versions.join(', ')
}
