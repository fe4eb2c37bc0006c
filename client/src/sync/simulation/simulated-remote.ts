import type { NodeId } from '@cloudsync/protocol'
import { RemoteError } from '../model/failures.ts'
import type { ContentName } from '../model/entry.ts'
import type {
  Remote,
  RemoteFile,
  RemoteOutcome,
  RemotePage,
  RemotePlace,
  RemoteSent,
  TextAnswer,
  TextExchange,
  TrashItem,
  TrashOutcome,
} from '../ports.ts'
import { readChanges } from './model-feed.ts'
import { sha256, type ModelServer } from './model-server.ts'
import type { Actor, Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface NetworkFaults {
  /** How often a request, and how often an answer, is lost. */
  lossRate: number
  /** How often a request arrives a second time, some time later. */
  repeatRate: number
  isDown: boolean
}

const server: Actor = { name: 'network', isAlive: true }

/** The server as one process reaches it. What is on the way is not lost when the process dies. */
export class SimulatedRemote implements Remote {
  readonly #server: ModelServer
  readonly #actor: Actor
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #faults: NetworkFaults
  readonly #knows: (id: NodeId) => boolean

  constructor(parts: {
    server: ModelServer
    actor: Actor
    scheduler: Scheduler
    random: SeededRandom
    faults: NetworkFaults
    /** What the process has noted down of the server. */
    knows: (id: NodeId) => boolean
  }) {
    this.#server = parts.server
    this.#actor = parts.actor
    this.#scheduler = parts.scheduler
    this.#random = parts.random
    this.#faults = parts.faults
    this.#knows = parts.knows
  }

  async changes(
    cursor: string,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<RemotePage | 'expired'> {
    const after = Number(cursor)
    const isNew = () => this.#server.seq > after
    if (!isNew() && waitMs > 0)
      await this.#scheduler.delay(
        this.#actor,
        Math.min(waitMs, 200 + this.#random.below(2000)),
        'long poll',
        signal,
      )
    return this.#ask('changes', () => {
      if (after < this.#server.forgottenSeq) return 'expired'
      const limit = 1 + this.#random.below(12)
      const { changes, seq, hasMore } = readChanges(this.#server, after, limit, this.#knows)
      return { changes, cursor: String(seq), hasMore }
    })
  }

  async *snapshot(): AsyncIterable<RemotePage> {
    const { entries, seq } = await this.#ask('snapshot', () => ({
      entries: this.#server.snapshot(),
      seq: this.#server.seq,
    }))
    const middle = entries.length >> 1
    for (const [index, part] of [entries.slice(0, middle), entries.slice(middle)].entries()) {
      await this.#scheduler.turn(this.#actor, `snapshot ${index}`)
      const changes = part.map((entry) => ({ kind: 'entry', entry, isTrashed: false }) as const)
      yield { changes, cursor: String(seq), seq, hasMore: index === 0 }
    }
  }

  createFolder(at: RemotePlace, operationId: string): Promise<RemoteOutcome> {
    return this.#mutate(`create folder ${at.name}`, operationId, () =>
      this.#server.createFolder(at),
    )
  }

  /** As the real one, which knows each file again by its id. */
  async upload(
    files: readonly (RemoteFile & RemotePlace)[],
  ): Promise<readonly RemoteOutcome<RemoteSent>[]> {
    const bodies: Uint8Array[] = []
    for (const file of files) bodies.push(await verified(file))
    const names = files.map(({ name }) => name).join(' ')
    return this.#ask(`upload ${names}`, () =>
      files.map((file, index) =>
        this.#server.createFile(file, bodies[index] ?? new Uint8Array(), file),
      ),
    )
  }

  async replace(file: RemoteFile, base: ContentName): Promise<RemoteOutcome<RemoteSent>> {
    const bytes = await verified(file)
    return this.#ask(`replace ${file.id}`, () => this.#server.replace(file.id, bytes, base))
  }

  /** No folder has people asked about moves here, and what was seen decides nothing else. */
  move(place: RemotePlace, _seen: unknown, operationId: string): Promise<RemoteOutcome> {
    return this.#mutate(`move to ${place.name}`, operationId, () => this.#server.move(place))
  }

  setExecutable(id: NodeId, isExecutable: boolean, operationId: string): Promise<RemoteOutcome> {
    return this.#mutate(`chmod ${id}`, operationId, () =>
      this.#server.setExecutable(id, isExecutable),
    )
  }

  restore(id: NodeId, operationId: string): Promise<RemoteOutcome> {
    return this.#mutate(`restore ${id}`, operationId, () => this.#server.restore(id))
  }

  trash(items: readonly TrashItem[], operationId: string): Promise<TrashOutcome> {
    return this.#ask(`trash ${items.length}`, () =>
      this.#server.once(operationId, () => this.#server.trash(items)),
    )
  }

  async download(
    id: NodeId,
    content: ContentName,
  ): Promise<RemoteOutcome<{ content: AsyncIterable<Uint8Array>; sha256: ContentName }>> {
    const outcome = await this.#ask(`download ${id}`, () => this.#server.download(id, content))
    if (outcome.kind !== 'done') return outcome
    const { bytes, sha256: name } = outcome.value
    return { kind: 'done', value: { content: this.#parts(bytes), sha256: name } }
  }

  exchangeTexts(texts: readonly TextExchange[]): Promise<readonly RemoteOutcome<TextAnswer>[]> {
    return this.#ask(`exchange ${texts.length}`, () =>
      texts.map((text) => this.#server.exchange(text)),
    )
  }

  async *#parts(bytes: Uint8Array): AsyncIterable<Uint8Array> {
    const middle = bytes.length >> 1
    for (const part of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
      await this.#scheduler.turn(this.#actor, 'download part')
      if (this.#random.chance(this.#faults.lossRate)) throw lost()
      yield part
    }
  }

  #mutate(what: string, operationId: string, act: () => RemoteOutcome): Promise<RemoteOutcome> {
    return this.#ask(what, () => this.#server.onceOf(operationId, act))
  }

  async #ask<T>(what: string, act: () => T): Promise<T> {
    const { lossRate, repeatRate } = this.#faults
    if (this.#faults.isDown || this.#random.chance(lossRate)) {
      await this.#scheduler.turn(this.#actor, `${what} lost`)
      throw lost()
    }
    if (this.#random.chance(repeatRate))
      void this.#scheduler.turn(server, `${what} again`).then(act)
    // The request is on its way, whatever becomes of who has sent it.
    const arrived = this.#scheduler.turn(server, `${this.#actor.name}: ${what}`).then(act)
    const answer = await arrived
    await this.#scheduler.turn(this.#actor, `${what} answered`)
    if (this.#faults.isDown || this.#random.chance(lossRate)) throw lost()
    return answer
  }
}

async function verified(file: RemoteFile): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of file.content) parts.push(part)
  const bytes = Buffer.concat(parts)
  if (sha256(bytes) !== file.sha256) throw new RemoteError('hash_mismatch', 'other bytes than said')
  return bytes
}

function lost(): RemoteError {
  return new RemoteError('unreachable', 'the server cannot be reached')
}
