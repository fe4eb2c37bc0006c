import { setTimeout as pause } from 'node:timers/promises'
import { CpuMeter } from '../peers/cpu-meter.ts'
import { inBatches } from './in-batches.ts'
import type { Jobs } from './jobs.ts'
import { LiveClient } from './live-client.ts'
import { asPerson } from './live-target.ts'
import { findTokens, typingOf, type Typing } from './typing.ts'

/** How long the last answers may take to come. */
const DRAIN_MS = 3_000

/** Clients that connect at once. */
const OPENING = 20

/** More updates than any server answers a typist within a flood. */
const FLOOD_UPDATES_PER_SECOND = 600

export async function runAcknowledge(
  input: Jobs['acknowledge']['input'],
): Promise<Jobs['acknowledge']['output']> {
  const { target, documents, ratePerSecond, warmUpMs, durationMs } = input
  const count = Math.ceil(((warmUpMs + durationMs) / 1000) * ratePerSecond) + 1
  const clients = await inBatches(documents, OPENING, (document, typist) =>
    openTypist({ target, document, typing: typingOf(typist, count) }),
  )
  const cpu = await CpuMeter.start(input.roots)
  const lateness = await typeAtRate(clients, ratePerSecond, warmUpMs, durationMs)
  const unanswered = await drain(clients)
  const cpuSeconds = await cpu.seconds()
  await Promise.all(clients.map(({ client }) => client.close()))
  return { latencies: samplesOf(clients), lateness, unanswered, cpuSeconds }
}

export async function runFlood(input: Jobs['flood']['input']): Promise<Jobs['flood']['output']> {
  const { target, documents, outstanding, warmUpMs, durationMs } = input
  const count = Math.ceil(((warmUpMs + durationMs) / 1000) * FLOOD_UPDATES_PER_SECOND)
  let isFlooding = true
  let answered = 0
  const clients = await inBatches(documents, OPENING, (document, number) => {
    const typist = openTypist({
      target,
      document,
      typing: typingOf(number, count),
      onAnswer: (self) => {
        answered += 1
        if (isFlooding && !self.type()) throw new Error('A typist ran out of updates')
      },
    })
    return typist
  })
  for (const typist of clients) for (let sent = 0; sent < outstanding; sent += 1) typist.type()
  await pause(warmUpMs)
  const cpu = await CpuMeter.start(input.roots)
  for (const typist of clients) typist.samples.length = 0
  const before = answered
  const started = performance.now()
  await pause(durationMs)
  const seconds = (performance.now() - started) / 1000
  const measured = answered - before
  const latencies = samplesOf(clients)
  const cpuSeconds = await cpu.seconds()
  isFlooding = false
  const unanswered = await drain(clients)
  await Promise.all(clients.map(({ client }) => client.close()))
  if (unanswered > 0) throw new Error(`${unanswered} updates were never answered`)
  return { answered: measured, seconds, latencies, cpuSeconds }
}

export async function runBroadcast(
  input: Jobs['broadcast']['input'],
): Promise<Jobs['broadcast']['output']> {
  const { target, document, typists, ratePerSecond, warmUpMs, durationMs } = input
  const count = Math.ceil(((warmUpMs + durationMs) / 1000) * ratePerSecond) + 1
  const typings = Array.from({ length: typists }, (_, typist) => typingOf(typist, count))
  const sentAt = typings.map(() => new Float64Array(count))
  const samples: number[] = []
  const clients = await inBatches(Array.from({ length: input.clients }), OPENING, (_, self) =>
    openTypist({
      target: asPerson(target, self),
      document,
      // A reader shows its presence too.
      typing: typings[self] ?? { clientId: typingOf(self, 0).clientId, updates: [] },
      onSent: (number) => {
        const times = sentAt[self]
        if (times) times[number] = performance.now()
      },
      onFrame: (frame) => {
        const now = performance.now()
        findTokens(frame, (typist, number) => {
          const sent = typist === self ? 0 : (sentAt[typist]?.[number] ?? 0)
          if (sent >= measuredFrom) samples.push(now - sent)
        })
      },
    }),
  )
  // Until everybody has heard of everybody.
  await pause(1_000)
  const writers = clients.slice(0, typists)
  let measuredFrom = Number.POSITIVE_INFINITY
  const cpu = await CpuMeter.start(input.roots)
  const lateness = await typeAtRate(writers, ratePerSecond, warmUpMs, durationMs, () => {
    measuredFrom = performance.now()
  })
  await drain(writers)
  await pause(300)
  const cpuSeconds = await cpu.seconds()
  const measured = sentAt.reduce(
    (sum, times) => sum + times.filter((sent) => sent >= measuredFrom).length,
    0,
  )
  await Promise.all(clients.map(({ client }) => client.close()))
  return {
    latencies: Float64Array.from(samples),
    lateness,
    expected: measured * (input.clients - 1),
    cpuSeconds,
  }
}

/** A client that types prepared updates and notes how long each answer took. */
interface TypingClient {
  readonly client: LiveClient
  readonly samples: number[]
  readonly outstanding: number
  /** Sends the next update, or gives `false` when none is left. */
  type(): boolean
}

async function openTypist(options: {
  target: Jobs['acknowledge']['input']['target']
  document: string
  typing: Typing
  onAnswer?: (self: TypingClient) => void
  onSent?: (number: number) => void
  onFrame?: (frame: Uint8Array) => void
}): Promise<TypingClient> {
  const { target, document, typing } = options
  const sentAt: number[] = []
  let answered = 0
  let next = 0
  const samples: number[] = []
  const answer = () => {
    const sent = sentAt[answered]
    if (sent === undefined) return
    answered += 1
    samples.push(performance.now() - sent)
    options.onAnswer?.(self)
  }
  const client = await LiveClient.open({
    target,
    document,
    clientIds: [typing.clientId],
    onStatus: (isTaken) => {
      if (!isTaken) throw new Error('An honest update was refused')
      answer()
    },
    onUpdate: (frame) => {
      options.onFrame?.(frame)
      // The plain Yjs protocol has no acknowledgement, but its server sends each update to its author too.
      if (target.protocol === 'y-websocket' && typing.updates.length > 0 && !options.onFrame)
        answer()
    },
  })
  const self: TypingClient = {
    client,
    samples,
    get outstanding() {
      return options.onFrame && target.protocol === 'y-websocket' ? 0 : next - answered
    },
    type() {
      const update = typing.updates[next]
      if (!update) return false
      const frame = client.wire.update(update)
      const now = performance.now()
      sentAt.push(now)
      options.onSent?.(next)
      next += 1
      client.send(frame)
      return true
    },
  }
  return self
}

/**
 * Everybody types at the same rate, evenly spread over time. Gives how much later than planned each
 * update went out: what the load process itself adds to what it measures.
 */
async function typeAtRate(
  typists: readonly TypingClient[],
  ratePerSecond: number,
  warmUpMs: number,
  durationMs: number,
  onWarm: () => void = () => undefined,
): Promise<Float64Array> {
  const stepMs = 1000 / ratePerSecond / typists.length
  const total = Math.floor((warmUpMs + durationMs) / stepMs)
  const warm = Math.floor(warmUpMs / stepMs)
  const lateness: number[] = []
  const started = performance.now()
  for (let sent = 0; sent < total;) {
    const now = performance.now() - started
    for (; sent < total && sent * stepMs <= now; sent += 1) {
      if (sent === warm) {
        for (const typist of typists) typist.samples.length = 0
        onWarm()
      }
      if (sent >= warm) lateness.push(performance.now() - started - sent * stepMs)
      typists[sent % typists.length]?.type()
    }
    await pause(1)
  }
  return Float64Array.from(lateness)
}

/** Waits for the last answers, and gives the number of those that did not come. */
async function drain(typists: readonly TypingClient[]): Promise<number> {
  const outstanding = () => typists.reduce((sum, typist) => sum + typist.outstanding, 0)
  const deadline = performance.now() + DRAIN_MS
  while (outstanding() > 0 && performance.now() < deadline) await pause(5)
  return outstanding()
}

function samplesOf(typists: readonly TypingClient[]): Float64Array {
  return Float64Array.from(typists.flatMap((typist) => typist.samples))
}
