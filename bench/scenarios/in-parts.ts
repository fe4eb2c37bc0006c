import { spawnSync } from 'node:child_process'
import { ensurePrograms, type FoundPrograms, type Program } from '../../scripts/system-programs.ts'
import { makeDataDir } from '../peers/cloudsync-peer.ts'
import { describeCommit } from '../report/machine.ts'
import type { Report } from '../report/report.ts'
import { readReportJson } from '../report/write-report.ts'
import type { BenchContext, Scenario } from './scenario.ts'

export interface PartContext extends BenchContext {
  /** Paths of the peers by their variables; those that are not there are missing. */
  readonly programs: FoundPrograms['environment']
  /** For corpora, folders and what the programs remember; emptied after the run. */
  readonly workDir: string
}

/** What one question adds to the report. */
export type Part = Pick<Report, 'method' | 'tables' | 'goals'>

/** As it is kept between runs that measure only some of the parts. */
interface KeptPart extends Part {
  readonly commit: string
}

/** A scenario of several questions, beside other programs; those that are not asked this time are kept from earlier runs. */
export function inParts(scenario: {
  readonly name: string
  readonly title: string
  /** Of what it is that runs beside the programs. */
  readonly ours: string
  readonly peers: readonly Program[]
  /** In their order. */
  readonly parts: Readonly<Record<string, (context: PartContext) => Promise<Part>>>
}): Scenario {
  const { name, title, ours, peers, parts } = scenario
  return {
    name,
    async run(context) {
      const wanted = context.parts.length > 0 ? context.parts : Object.keys(parts)
      const unknown = wanted.filter((part) => !(part in parts))
      if (unknown.length > 0)
        throw new Error(
          `No part ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}`,
        )
      const { environment: programs, missing } = ensurePrograms(peers)
      const workDir = await makeDataDir()
      const results: Record<string, KeptPart> = {}
      for (const [part, measure] of Object.entries(parts)) {
        if (!wanted.includes(part)) continue
        const found = await measure({ ...context, programs, workDir })
        results[part] = { ...found, commit: describeCommit() }
      }
      const kept = context.isQuick ? {} : await readKept(name)
      const names = Object.keys(parts).filter((part) => results[part] ?? kept[part])
      const shown = names.flatMap((part) => results[part] ?? kept[part] ?? [])
      return {
        name,
        title,
        method: [
          `${ours}; ${describePrograms(peers, programs)}`,
          ...missing.map((line) => `Skipped: ${line}`),
          ...names
            .filter((part) => !results[part])
            .map((part) => `Kept from an earlier run: ${part}, at commit ${kept[part]?.commit}`),
          ...shown.flatMap((part) => part.method),
        ],
        comparisons: [],
        tables: shown.flatMap((part) => part.tables),
        goals: shown.flatMap((part) => part.goals),
        parts: { ...kept, ...results },
      }
    },
  }
}

/** What earlier runs found, for parts that are not measured now. */
async function readKept(name: string): Promise<Readonly<Record<string, KeptPart>>> {
  const report = (await readReportJson(name)) as { parts?: Record<string, KeptPart> } | undefined
  return report?.parts ?? {}
}

/** Their versions, as they tell them. */
function describePrograms(
  peers: readonly Program[],
  programs: FoundPrograms['environment'],
): string {
  const versions = peers.flatMap(({ variable, versionOption = '--version' }) => {
    const path = programs[variable]
    if (path === undefined) return []
    const { stdout, stderr } = spawnSync(path, [versionOption], { encoding: 'utf8' })
    const [line = ''] = (stdout || stderr).split('\n')
    return line.split(/ compiled | \(| {2}/)[0] ?? line
  })
  return versions.join(', ')
}
