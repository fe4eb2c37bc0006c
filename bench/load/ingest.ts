import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startEnv, startFlags } from '../peers/cloudsync-peer.ts'

export interface IngestOutput {
  readonly seconds: number
  /** Of the process, its threads, and the database. */
  readonly cpuSeconds: number
  readonly databaseCpuSeconds: number
  /** What the store grew by. */
  readonly storedBytes: number
  /** What the database needs to find the contents again. */
  readonly indexBytes: number
}

const entry = fileURLToPath(new URL('ingest-process.ts', import.meta.url))

/** Takes files in with our content store in a process of its own, without a server; `warmUpBytes` random ones before. */
export async function ingest(
  dataDir: string,
  files: readonly string[],
  warmUpBytes = 0,
): Promise<IngestOutput> {
  const child = fork(entry, [dataDir, `${warmUpBytes}`, ...files], {
    execArgv: [...startFlags],
    env: { ...process.env, ...startEnv },
  })
  let output: IngestOutput | undefined
  child.once('message', (message) => (output = message as IngestOutput))
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0 || !output) throw new Error(`The ingest ended with ${code}`)
  return output
}
