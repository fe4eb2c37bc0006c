import type { NodeId } from '@cloudsync/protocol'
import type { Logger } from 'pino'
import type { LiveDocument } from '../live-document.ts'
import type { LogPosition } from '../live-documents.ts'

export interface LogComparisonOptions {
  readonly log: Logger
  /** The documents in memory. */
  readonly documents: () => readonly LiveDocument[]
  readonly findPositions: (ids: readonly NodeId[]) => Promise<Map<NodeId, LogPosition>>
  /** Whether rows of this server are on their way into the log of a document. */
  readonly isAppending: (id: NodeId) => boolean
  /** Reads what is missing. Never rejects. */
  readonly catchUp: (live: LiveDocument) => Promise<void>
  /** How often, as things are: `undefined` while no other server is there. */
  readonly intervalMs: () => number | undefined
}

/** How often it is asked whether it is time. */
const tickMs = 250

/**
 * Compares, again and again, where the logs of the documents in memory stand with what is in memory. It
 * finds what no message told of: one was lost, or there is no bus.
 */
export class LogComparison {
  readonly #options: LogComparisonOptions
  #timer: NodeJS.Timeout | undefined
  #comparedAtMs = -Infinity
  #isClosed = false

  constructor(options: LogComparisonOptions) {
    this.#options = options
    this.#schedule()
  }

  /** Compares all documents now. Never rejects. */
  async compare(): Promise<void> {
    const { log, documents, findPositions, isAppending, catchUp } = this.#options
    this.#comparedAtMs = performance.now()
    // What is being appended says by its number whether something is missing before it.
    const quiet = documents().filter((live) => !isAppending(live.nodeId))
    if (quiet.length === 0) return
    try {
      const positions = await findPositions(quiet.map(({ nodeId }) => nodeId))
      const behind = quiet.filter((live) => isBehind(live, positions.get(live.nodeId)))
      await Promise.all(behind.map((live) => catchUp(live)))
    } catch (error) {
      log.debug({ err: error }, 'logs could not be compared')
    }
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#tick(), tickMs).unref()
  }

  async #tick(): Promise<void> {
    const intervalMs = this.#options.intervalMs()
    if (intervalMs !== undefined && performance.now() >= this.#comparedAtMs + intervalMs)
      await this.compare()
    if (!this.#isClosed) this.#schedule()
  }
}

function isBehind(live: LiveDocument, position: LogPosition | undefined): boolean {
  if (!position) return true
  return position.epoch !== live.epoch || position.seq > live.position.seq
}
