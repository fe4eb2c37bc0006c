import type { NodeId } from '@cloudsync/protocol'
import { maxBatchBytes, maxBatchFiles } from '@cloudsync/protocol'
import type { CloudSyncClient, ReadContent } from '../../sdk/index.ts'
import type { Semaphore } from '../disk/semaphore.ts'
import type { RemoteContext } from './remote-context.ts'
import { outcomeOfError, orRemoteError } from './remote-failures.ts'
import type { RemoteOutcome } from '../ports.ts'

export interface SmallContent {
  readonly etag: string
  readonly bytes: Uint8Array
}

type Answer = RemoteOutcome<SmallContent>

interface Asked {
  readonly id: NodeId
  readonly sizeBytes: number
  readonly resolve: (answer: Answer | PromiseLike<Answer>) => void
}

/** Files that are asked for at once come by one request, as far as they go into one. */
export class SmallDownloads {
  readonly #client: CloudSyncClient
  readonly #batches: Semaphore
  #asked: Asked[] = []

  constructor({ client, batches }: Pick<RemoteContext, 'client' | 'batches'>) {
    this.#client = client
    this.#batches = batches
  }

  /** `sizeBytes`: as far as is known. Rejects with `RemoteError`. */
  read(id: NodeId, sizeBytes: number): Promise<Answer> {
    return new Promise((resolve) => {
      // Whoever asks for several does so before anything else happens.
      if (this.#asked.length === 0) setImmediate(() => this.#askAll())
      this.#asked.push({ id, sizeBytes, resolve })
    })
  }

  #askAll(): void {
    const asked = this.#asked
    this.#asked = []
    for (const batch of batchesOf(asked)) {
      const answers = this.#ask(batch)
      for (const [index, { resolve }] of batch.entries())
        resolve(answers.then((all) => all[index] ?? { kind: 'stale' }))
    }
  }

  async #ask(batch: readonly Asked[]): Promise<readonly Answer[]> {
    const answers = new Map<Asked, Answer>()
    let left = batch
    while (left.length > 0) {
      const ids = left.map(({ id }) => id)
      const results = await this.#batches.run(() =>
        orRemoteError(() => this.#client.content.getMany(ids)),
      )
      const before = left
      left = []
      for (const [index, one] of before.entries()) {
        const result = results[index]
        if (isLeftOut(result)) left = [...left, one]
        else answers.set(one, result ? answerOf(result) : { kind: 'stale' })
      }
      // What no answer has room for would be asked for without end.
      if (left.length === before.length) break
    }
    return batch.map((one) => answers.get(one) ?? { kind: 'stale' })
  }
}

function isLeftOut(result: ReadContent | undefined): boolean {
  return result?.ok === false && result.error.code === 'answer_full'
}

function answerOf(result: ReadContent): Answer {
  if (result.ok) return { kind: 'done', value: { etag: result.etag, bytes: result.content } }
  const { error } = result
  // That one cannot be read just now does not speak for the others.
  if (error.retryable) return { kind: 'refused', code: error.code, detail: error.message }
  return outcomeOfError(error) ?? { kind: 'stale' }
}

function* batchesOf(asked: readonly Asked[]): Generator<readonly Asked[]> {
  let batch: Asked[] = []
  let bytes = 0
  for (const one of asked) {
    const isFull = batch.length === maxBatchFiles || bytes + one.sizeBytes > maxBatchBytes
    if (isFull && batch.length > 0) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(one)
    bytes += one.sizeBytes
  }
  if (batch.length > 0) yield batch
}
