import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestCaller } from '@cloudsync/server/testing'

const patienceMs = 30_000

export type FileState = 'none' | 'live' | 'trashed' | 'purged'

export interface Change {
  readonly state?: FileState
  readonly bytes?: Uint8Array<ArrayBuffer>
}

/**
 * What one person knows of one file: what it may be, and what it may hold. An acknowledgement leaves one
 * possibility; a request without an answer adds one.
 */
export class StoredFile {
  readonly id: string
  #states: ReadonlySet<FileState>
  #hashes: ReadonlySet<string>
  /** Of all contents that were acknowledged: they are kept as versions. */
  readonly #acknowledged = new Set<string>()
  #bytes: Uint8Array<ArrayBuffer> | undefined

  constructor(id: string) {
    this.id = id
    this.#states = new Set(['none'])
    this.#hashes = new Set()
  }

  /** Makes a change by a request; what an answer below 300 says is certain. */
  async change({ state, bytes }: Change, request: () => Promise<Response>): Promise<number> {
    const hash = bytes && sha256(bytes)
    if (state) this.#states = new Set([...this.#states, state])
    if (hash !== undefined) {
      this.#hashes = new Set([...this.#hashes, hash])
      this.#bytes = undefined
    }
    const answer = await request()
    if (answer.ok) this.acknowledge({ ...(state && { state }), ...(bytes && { bytes }) })
    await answer.arrayBuffer()
    return answer.status
  }

  acknowledge({ state, bytes }: Change): void {
    if (state) this.#states = new Set([state])
    if (!bytes) return
    this.#bytes = bytes
    this.#hashes = new Set([sha256(bytes)])
    this.#acknowledged.add(sha256(bytes))
  }

  /** What it is, when that is certain. */
  get state(): FileState | undefined {
    return this.#states.size === 1 ? [...this.#states][0] : undefined
  }

  /** What it holds, when that is certain. */
  get bytes(): Uint8Array<ArrayBuffer> | undefined {
    return this.#bytes
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.size
  }

  /**
   * Throws a `LossError` unless the server has what it may have, and a `BrokenOffError`; what was uncertain is
   * certain then.
   */
  async check(caller: TestCaller): Promise<void> {
    const answer = await sendPatiently(() => caller.send('GET', `/nodes/${this.id}/content`))
    const body = await readBody(answer)
    const found = stateOf(answer.status)
    if (found === undefined) throw new LossError(`${this.id}: ${answer.status} ${String(body)}`)
    const state = found === 'none' && !this.#states.has('none') ? 'purged' : found
    if (!this.#states.has(state))
      throw new LossError(`${this.id} is ${state}, and can be ${[...this.#states].join(', ')}`)
    if (state === 'live') {
      const hash = sha256(body)
      if (!this.#hashes.has(hash)) throw new LossError(`${this.id} holds ${hash}`)
      this.#hashes = new Set([hash])
    }
    this.#states = new Set([state])
  }

  /** Every content that was acknowledged is kept, and every one that is kept is whole. */
  async checkVersions(caller: TestCaller): Promise<void> {
    if (this.state !== 'live') return
    const list = `/nodes/${this.id}/versions?limit=100`
    const listed = await sendPatiently(() => caller.send('GET', list))
    const { items = [] } = (await listed.json()) as { items?: { number: number; sha256: string }[] }
    const kept = new Set(items.map((version) => version.sha256))
    for (const hash of this.#acknowledged)
      if (!kept.has(hash)) throw new LossError(`${this.id} lacks the version ${hash}`)
    for (const { number, sha256: named } of items) {
      const path = `/nodes/${this.id}/versions/${number}/content`
      const answer = await sendPatiently(() => caller.send('GET', path))
      const body = await readBody(answer)
      if (!answer.ok || sha256(body) !== named)
        throw new LossError(`version ${number} of ${this.id} is not whole: ${answer.status}`)
    }
  }
}

/** The server lacks what it has acknowledged. */
export class LossError extends assert.AssertionError {
  constructor(message: string) {
    super({ message })
  }
}

/** The answer ended in its middle: the server is gone, or does not have what it should send. */
export class BrokenOffError extends TypeError {
  override readonly name = 'BrokenOffError'
}

function stateOf(status: number): Exclude<FileState, 'purged'> | undefined {
  if (status === 200) return 'live'
  if (status === 410) return 'trashed'
  return status === 404 ? 'none' : undefined
}

/** The connection may be one to a server that is gone, its database on its way, or the minute full of questions. */
export async function sendPatiently(send: () => Promise<Response>): Promise<Response> {
  const deadline = performance.now() + patienceMs
  for (let failures = 0; ;) {
    try {
      const answer = await send()
      const isLimited = answer.status === 429
      if (!isLimited && (answer.status !== 503 || performance.now() > deadline)) return answer
      await answer.arrayBuffer()
      await delay(isLimited ? 1_000 : 100)
    } catch (error) {
      if (!(error instanceof TypeError) || failures++ > 0) throw error
    }
  }
}

async function readBody(answer: Response): Promise<Buffer> {
  try {
    return Buffer.from(await answer.arrayBuffer())
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new BrokenOffError(`${answer.url} broke off`, { cause })
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
