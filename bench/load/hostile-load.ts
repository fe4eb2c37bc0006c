import { setTimeout as pause } from 'node:timers/promises'
import { inBatches } from './in-batches.ts'
import type { Jobs } from './jobs.ts'
import { LiveClient } from './live-client.ts'
import type { LiveTarget } from './live-target.ts'
import { typingOf } from './typing.ts'

const PAUSE_MS = 4
const OPENING = 20

/** Round trips after the last attack that show the server to be well again. */
const ROUND_TRIPS_AFTER = 50

/** An attacker's client id; it is honest about that one. */
const ATTACKER = 1

const HONEST_UPDATES = 40_000
const HONEST_TYPIST = 500

export async function runHonest(input: Jobs['honest']['input']): Promise<Jobs['honest']['output']> {
  const honest = await HonestClient.open(input.target, input.document)
  await pause(input.durationMs)
  return honest.stop()
}

export async function runAttack(input: Jobs['attack']['input']): Promise<Jobs['attack']['output']> {
  const { target, documents, bomb, intervalMs, maxMs, timesTransfers } = input
  const deadline = performance.now() + maxMs
  const refusals: number[] = []
  const transfers: number[] = []
  let taken = 0
  const attackers = await inBatches(documents, OPENING, (document) =>
    openAttacker(target, document, bomb, (outcome, ms) => {
      if (outcome === 'refused') refusals.push(ms)
      else taken += 1
    }),
  )
  const honest = await HonestClient.open(target, input.honestDocument)
  await pause(200)
  if (timesTransfers)
    for (const attacker of attackers) {
      transfers.push(await attacker.timeTransfer())
      await pause(intervalMs)
    }
  honest.samples.length = 0
  for (const attacker of attackers) {
    attacker.attack()
    await pause(intervalMs)
  }
  const enough = honest.samples.length + ROUND_TRIPS_AFTER
  const isDone = () => honest.isCutOff || honest.samples.length >= enough
  while (!isDone() && performance.now() < deadline) await pause(10)
  const { latencies, isCutOff } = honest.stop()
  const unanswered = documents.length - refusals.length - taken
  for (const attacker of attackers) attacker.leave()
  return {
    latencies,
    refusals: Float64Array.from(refusals),
    transfers: Float64Array.from(transfers),
    taken,
    unanswered,
    isCutOff,
  }
}

/** Types, waits for the answer, and types again. */
class HonestClient {
  readonly samples: number[] = []
  isCutOff = false
  readonly #client: LiveClient
  readonly #frames: readonly Uint8Array[]
  #sentAt = 0
  #next = 0
  #isAnswered = true
  readonly #timer: NodeJS.Timeout

  private constructor(client: LiveClient, updates: readonly Uint8Array[]) {
    this.#client = client
    this.#frames = updates.map((update) => client.wire.update(update))
    this.#timer = setInterval(() => this.#type(), PAUSE_MS)
  }

  static async open(target: LiveTarget, document: string): Promise<HonestClient> {
    const { clientId, updates } = typingOf(HONEST_TYPIST, HONEST_UPDATES)
    const client = await LiveClient.open({
      target,
      document,
      clientIds: [clientId],
      onStatus: () => self.#answer(),
      onUpdate: () => {
        if (target.protocol === 'y-websocket') self.#answer()
      },
      onClose: () => {
        self.isCutOff = true
      },
    })
    const self: HonestClient = new HonestClient(client, updates)
    return self
  }

  /** An answer that is still missing counts with the time that it has taken so far. */
  stop(): { latencies: Float64Array; isCutOff: boolean } {
    clearInterval(this.#timer)
    if (!this.#isAnswered) this.samples.push(performance.now() - this.#sentAt)
    const isCutOff = this.isCutOff
    this.#client.terminate()
    return { latencies: Float64Array.from(this.samples), isCutOff }
  }

  #type(): void {
    const frame = this.#frames[this.#next]
    if (!this.#isAnswered || !frame) return
    this.#next += 1
    this.#isAnswered = false
    this.#sentAt = performance.now()
    this.#client.send(frame)
  }

  #answer(): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    this.samples.push(performance.now() - this.#sentAt)
  }
}

async function openAttacker(
  target: LiveTarget,
  document: string,
  bomb: Uint8Array,
  onOutcome: (outcome: 'refused' | 'taken', ms: number) => void,
) {
  let sentAt: number | undefined
  let pong: (() => void) | undefined
  const answer = (outcome: 'refused' | 'taken') => {
    if (sentAt === undefined) return
    onOutcome(outcome, performance.now() - sentAt)
    sentAt = undefined
  }
  const client = await LiveClient.open({
    target,
    document,
    clientIds: [ATTACKER],
    onStatus: (isTaken) => answer(isTaken ? 'taken' : 'refused'),
    onPong: () => pong?.(),
    onClose: () => answer('refused'),
  })
  const frame = client.wire.update(bomb)
  const filler = client.wire.filler(bomb.length)
  return {
    /** Of as many bytes, and an answer. */
    async timeTransfer(): Promise<number> {
      const answered = new Promise<void>((resolve) => (pong = resolve))
      const started = performance.now()
      client.send(filler)
      client.send(client.wire.ping())
      await answered
      return performance.now() - started
    },
    attack() {
      sentAt = performance.now()
      client.send(frame)
    },
    leave() {
      sentAt = undefined
      client.terminate()
    },
  }
}
