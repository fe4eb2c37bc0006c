import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const mainFile = fileURLToPath(new URL('../../server/src/admin/main.ts', import.meta.url))

/** `npm run admin -- …` in a process of its own. */
export class AdminProcess {
  /** Its exit code; `null` when it was killed. */
  readonly ended: Promise<number | null>
  readonly #child: ReturnType<typeof spawn>
  #output = ''

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [mainFile, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const keep = (chunk: Buffer) => {
      this.#output += String(chunk)
    }
    this.#child.stdout?.on('data', keep)
    this.#child.stderr?.on('data', keep)
    // Not at its exit: what it printed last may not have been read by then.
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null)
  }

  get output(): string {
    return this.#output
  }

  /** Resolves when it is gone; gives whether it was there until then. */
  async kill(): Promise<boolean> {
    this.#child.kill('SIGKILL')
    return (await this.ended) === null
  }
}

/** Runs to its end; gives what it printed. Throws with that unless it succeeds. */
export async function runAdmin(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const process = new AdminProcess(args, env)
  const code = await process.ended
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${process.output}`)
  return process.output
}
