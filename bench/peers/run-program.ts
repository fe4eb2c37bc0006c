import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface ProgramRun {
  readonly seconds: number
  /** Of the program and of those that it started, which it has waited for. */
  readonly cpuSeconds: number
}

export interface ProgramOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end. Throws, with what it said, when it fails. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env }: ProgramOptions = {},
): Promise<ProgramRun> {
  const started = performance.now()
  // Only the shell can tell what an ended program has used (POSIX, `times`).
  const script = '"$0" "$@" >&2; code=$?; times; exit $code'
  const child = spawn('/bin/sh', ['-c', script, command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let times = ''
  let said = ''
  child.stdout.on('data', (chunk) => (times += String(chunk)))
  child.stderr.on('data', (chunk) => (said = (said + String(chunk)).slice(-10_000)))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${said}`)
  return { seconds: (performance.now() - started) / 1000, cpuSeconds: parseTimes(times) }
}

/** The second line: user and system time of the children, such as `0m1.250s 0m0.120s`. */
function parseTimes(text: string): number {
  const [, children = ''] = text.split('\n')
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
  return parts.reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  )
}
