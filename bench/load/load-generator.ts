import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { JobKind, JobReply, JobRequest, Jobs } from './jobs.ts'

const entry = fileURLToPath(new URL('load-process.ts', import.meta.url))

/** The load process, seen from the runner. It has a core of its own as far as the machine has one. */
export class LoadGenerator implements AsyncDisposable {
  readonly #child: ChildProcess = fork(entry, { serialization: 'advanced' })

  /** One at a time. */
  async run<K extends JobKind>(kind: K, input: Jobs[K]['input']): Promise<Jobs[K]['output']> {
    const request: JobRequest = { kind, input }
    const ended = new AbortController()
    try {
      this.#child.send(request)
      const reply = await Promise.race([
        once(this.#child, 'message', { signal: ended.signal }).then(
          ([message]) => message as JobReply,
        ),
        once(this.#child, 'exit', { signal: ended.signal }).then((): JobReply => ({
          error: 'The load process has ended',
        })),
      ])
      if ('error' in reply) throw new Error(`${kind}: ${reply.error}`)
      return reply.output as Jobs[K]['output']
    } finally {
      ended.abort()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }
}
