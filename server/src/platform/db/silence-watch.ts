import type { Socket } from 'node:net'
import type pg from 'pg'

export interface SilenceWatchOptions {
  /** Whether the database says anything to who comes anew. Must not reject. */
  readonly answers: () => Promise<boolean>
  /** Called when it does not, after all connections were given up. */
  readonly onSilent: () => void
}

/** How often connections are looked at. */
const lookMs = 1_000
/** A statement that has no answer for so long makes us ask whether the database is there at all. */
const suspiciousMs = 4_000
/**
 * A statement that has no answer for so long is given up although the database is there: its connection is
 * taken for dead. Only on this side, as a time limit of the database's own would end the wait of a commit for
 * a synchronous replica too, and call the commit done.
 */
const maxSilenceMs = 120_000

/**
 * Gives up the connections of a pool that nothing comes back on: of a database that hangs, or that is cut off
 * without a word. TCP would notice after a quarter of an hour. A slow statement is neither: before
 * anything is given up the database is asked over a new connection, and is waited for when it answers.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions
  readonly #connections = new Map<pg.Client, WatchedConnection>()
  #timer: NodeJS.Timeout | undefined
  #isAsking = false

  constructor(options: SilenceWatchOptions) {
    this.#options = options
  }

  add(client: pg.Client): void {
    this.#connections.set(client, new WatchedConnection(client))
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref()
    client.once('end', () => this.#remove(client))
  }

  #remove(client: pg.Client): void {
    this.#connections.delete(client)
    if (this.#connections.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    for (const connection of this.#silentFor(maxSilenceMs)) connection.giveUp()
    if (this.#silentFor(suspiciousMs).length > 0 && !this.#isAsking) void this.#ask()
  }

  #silentFor(ms: number): WatchedConnection[] {
    const now = performance.now()
    return [...this.#connections.values()].filter((connection) => connection.silentMs(now) >= ms)
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    const answers = await this.#options.answers()
    this.#isAsking = false
    // Where it was this process that hung, what came meanwhile has been read by now.
    if (answers || this.#silentFor(suspiciousMs).length === 0) return
    for (const connection of this.#connections.values()) connection.giveUp()
    this.#options.onSilent()
  }
}

/** What goes over one connection, as far as it tells whether an answer is missing. */
class WatchedConnection {
  readonly #stream: Socket
  /** How much had been sent when the database was last ready for a query: all of that is answered. */
  #answeredBytes: number
  #bytesRead = 0
  /** When it was first seen waiting for an answer of which nothing has come since. */
  #silentSinceMs: number | undefined

  constructor({ connection }: pg.Client) {
    this.#stream = connection.stream as Socket
    this.#answeredBytes = this.#stream.bytesWritten
    // Before the driver's own listener, which sends the next statement.
    connection.prependListener('readyForQuery', () => {
      this.#answeredBytes = this.#stream.bytesWritten
    })
  }

  /** For how long it was seen waiting, as of this look. */
  silentMs(nowMs: number): number {
    const { bytesRead, bytesWritten } = this.#stream
    const isSilent = bytesWritten > this.#answeredBytes && bytesRead === this.#bytesRead
    this.#bytesRead = bytesRead
    this.#silentSinceMs = isSilent ? (this.#silentSinceMs ?? nowMs) : undefined
    return this.#silentSinceMs === undefined ? 0 : nowMs - this.#silentSinceMs
  }

  /** The driver fails what waits for an answer then, and the pool opens another one. */
  giveUp(): void {
    this.#stream.destroy()
  }
}
