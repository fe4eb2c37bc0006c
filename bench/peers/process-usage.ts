import { readdir, readFile } from 'node:fs/promises'

/** Of Linux' `/proc`, in ticks of 10 ms; other systems give nothing. */
const TICKS_PER_SECOND = 100

interface ProcessFacts {
  readonly pid: number
  readonly parent: number
  readonly cpuSeconds: number
}

/** Seconds of CPU that a set of process trees has used so far; `undefined` where nobody can tell. */
export async function readCpuSeconds(roots: readonly number[]): Promise<number | undefined> {
  const facts = await readProcesses()
  if (facts.size === 0) return undefined
  const members = new Set(roots)
  // Children come after their parents in time, yet not always in number: until nothing is added.
  for (let before = -1; before !== members.size;) {
    before = members.size
    for (const one of facts.values()) if (members.has(one.parent)) members.add(one.pid)
  }
  return [...members].reduce((sum, pid) => sum + (facts.get(pid)?.cpuSeconds ?? 0), 0)
}

/** Resident memory of one process. */
export async function readRssBytes(pid: number): Promise<number> {
  return readKilobytes(`/proc/${pid}/status`, 'VmRSS')
}

/** The most that it has been. */
export async function readPeakRssBytes(pid: number): Promise<number> {
  return readKilobytes(`/proc/${pid}/status`, 'VmHWM')
}

/** Memory of a process tree with shared pages counted once, as PostgreSQL's processes share most. */
export async function readPssBytes(root: number): Promise<number> {
  const facts = await readProcesses()
  const members = [...facts.values()].filter((one) => one.pid === root || one.parent === root)
  const sizes = await Promise.all(
    members.map((one) => readKilobytes(`/proc/${one.pid}/smaps_rollup`, 'Pss')),
  )
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

/** A line such as `VmRSS:  1234 kB`, in bytes; 0 where there is none. */
async function readKilobytes(path: string, field: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024
}

async function readProcesses(): Promise<Map<number, ProcessFacts>> {
  const names = await readdir('/proc').catch(() => [])
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(readFacts))
  return new Map(found.flatMap((facts) => (facts ? [[facts.pid, facts] as const] : [])))
}

async function readFacts(pid: number): Promise<ProcessFacts | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // The command in parentheses may hold anything; the fields after it are numbers (proc(5)).
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [, parent = 0] = fields
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15)
  return {
    pid,
    parent,
    cpuSeconds: (user + system + childUser + childSystem) / TICKS_PER_SECOND,
  }
}
