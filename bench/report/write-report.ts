import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderReport } from './markdown.ts'
import type { Report } from './report.ts'

const resultsDir = fileURLToPath(new URL('../results/', import.meta.url))

/** What was kept of the last report of a scenario, if there is one. */
export async function readReportJson(name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(resultsDir, `${name}.json`), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Keeps the report as a page and, with the figures of each round, as JSON. */
export async function writeReport(
  report: Report,
  command: string,
  machine: readonly string[],
): Promise<void> {
  await mkdir(resultsDir, { recursive: true })
  await writeFile(join(resultsDir, `${report.name}.md`), renderReport(report, command, machine))
  const json = JSON.stringify(
    { command, at: new Date().toISOString(), machine, ...report },
    undefined,
    2,
  )
  await writeFile(join(resultsDir, `${report.name}.json`), `${json}\n`)
}
