import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { LiveDocuments, LogPosition, TextCommitted } from '#features/live/index.ts'
import type { SpaceCharges } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import { isUnavailable } from '#platform/db/database-errors.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { changeNodes } from '../nodes/node-writer.ts'
import { touchTexts, type TextTouch } from '../nodes/touch-texts.ts'
import { GatheredTouches, type UrgentTouch } from './gathered-touches.ts'
import { listEditedInTrashedFolders } from '../tree/edited-in-trash.ts'
import { markVersionsDue } from '../versions/version-dues.ts'

export interface TextTouchesOptions {
  readonly db: Database
  readonly live: LiveDocuments
  readonly clock: Clock
  readonly log: Logger
  /** A text of the trash was edited by somebody who had not seen that it was there. */
  readonly onTrashEdited: (nodeId: NodeId, actorId: UserId) => void
}

/** Between two touches of one text … */
const minTouchIntervalMs = 1_000
/** … and what each text that is being edited adds to it, so that all together are touched twenty times a second … */
const touchCostMs = 50
/** … but never longer. */
const maxTouchIntervalMs = 5_000
/** Between two touches of one text that programs save as a file: rarely, and somebody waits for it elsewhere. */
const minSaveIntervalMs = 100
/** Between two looks at the size of one text, which cost a reading of it. */
const sizeIntervalMs = 10_000
/** How many are touched in one transaction, when nobody waits for it and when somebody does. */
const maxBatchInTurn = 8
const maxBatch = 50
const firstRetryMs = 500
const maxRetryMs = 30_000
/** After so many failures that are not the database being away, a touch is given up. */
const maxFailures = 8

/** One text that was edited lately. Times are of `performance.now()`. */
interface TouchState {
  readonly nodeId: NodeId
  actorId: UserId | null
  position: LogPosition
  /** What `touchNow` has recorded already; a commit is heard of only after it. */
  covered: LogPosition | undefined
  isPending: boolean
  /** Some of what is pending was saved as a file. */
  isSaved: boolean
  isSizeStale: boolean
  /** How many imports are about to touch it themselves. */
  holds: number
  touchedAtMs: number
  sizedAtMs: number
  retryAtMs: number
  failures: number
}

/**
 * Lets edits of live text enter the change feed: the first edit after quiet, then at most one touch per
 * text and second, and fewer while many are edited, in transactions of their own that no keystroke waits for. What is to be touched is
 * gathered while a transaction is under way, so that many active texts cost few of them.
 */
export class TextTouches implements AsyncDisposable {
  readonly #options: TextTouchesOptions
  readonly #urgent: GatheredTouches
  readonly #states = new Map<NodeId, TouchState>()
  #timer: NodeJS.Timeout | undefined
  #wakesAtMs = Infinity
  #restsUntilMs = 0
  #work: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: TextTouchesOptions) {
    this.#options = options
    this.#urgent = new GatheredTouches((touches) =>
      this.#write(
        touches,
        touches.map(({ nodeId }) => nodeId),
        async (tx) => {
          for (const { also } of touches) await also?.(tx)
        },
      ),
    )
  }

  /** Hears of a committed edit. */
  note({ nodeId, authorId, position }: TextCommitted): void {
    if (this.#isClosed) return
    const state = this.#state(nodeId, position)
    if (state.covered && isAtOrBefore(position, state.covered)) return
    state.actorId = authorId ?? state.actorId
    state.position = position
    state.isPending = true
    state.isSizeStale = true
    this.#wakeAt(this.#readyAt(state))
  }

  /** What was noted of a text is what somebody saved as a file: it is touched soon. */
  hasten(nodeId: NodeId): void {
    const state = this.#states.get(nodeId)
    if (!state?.isPending) return
    state.isSaved = true
    this.#wakeAt(this.#readyAt(state))
  }

  /** Touches what was edited while nobody lived to touch it. */
  async recoverMissed(): Promise<void> {
    const { rows } = await sql<{ nodeId: NodeId; epoch: number; seq: number }>`
      SELECT nodes.id AS "nodeId", documents.epoch, documents.seq
      FROM documents JOIN nodes ON nodes.id = documents.id
      WHERE nodes.kind = 'text' AND documents.seq > nodes.touched_seq
    `.execute(this.#options.db.kysely)
    for (const { nodeId, ...position } of rows) this.note({ nodeId, authorId: null, position })
  }

  /** While it is held, edits of a text are not touched: whoever holds it does so with `touchNow`. */
  hold(nodeId: NodeId): Disposable {
    const state = this.#state(nodeId, { epoch: 0, seq: 0 })
    state.holds += 1
    return {
      [Symbol.dispose]: () => {
        state.holds -= 1
        this.#wakeAt(Math.min(this.#readyAt(state), this.#forgetAt(state)))
      },
    }
  }

  /** Touches a text at once, for an edit whose maker waits for it. Throws when that fails. */
  async touchNow(touch: UrgentTouch): Promise<void> {
    await this.#urgent.write(touch)
    const state = this.#state(touch.nodeId, touch.position)
    state.touchedAtMs = state.sizedAtMs = performance.now()
    state.covered = touch.position
    if (isAtOrBefore(state.position, touch.position))
      state.isPending = state.isSaved = state.isSizeStale = false
    this.#wakeAt(Math.min(this.#readyAt(state), this.#forgetAt(state)))
  }

  /** Touches everything that waits, now; each text is tried once. */
  flush(): Promise<void> {
    return this.#enqueue(async () => {
      const waiting = [...this.#states.values()].filter(
        (state) => state.holds === 0 && (state.isPending || state.isSizeStale),
      )
      while (waiting.length > 0) await this.#touch(waiting.splice(0, maxBatch), true)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.flush()
  }

  #state(nodeId: NodeId, position: LogPosition): TouchState {
    let state = this.#states.get(nodeId)
    if (!state) {
      state = {
        nodeId,
        actorId: null,
        position,
        covered: undefined,
        isPending: false,
        isSaved: false,
        isSizeStale: false,
        holds: 0,
        touchedAtMs: -Infinity,
        sizedAtMs: -Infinity,
        retryAtMs: 0,
        failures: 0,
      }
      this.#states.set(nodeId, state)
    }
    return state
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work)
    return this.#work
  }

  /** A few at a time, with rests in between: together they would hold up those who type. */
  async #touchReady(): Promise<void> {
    const batch = this.#takeReady(performance.now())
    if (batch.length > 0) await this.#touch(batch, false)
    this.#restsUntilMs = performance.now() + batch.length * touchCostMs
    this.#forgetQuiet(performance.now())
    this.#scheduleNext()
  }

  /** One that has failed goes alone, so that it cannot take others with it again. */
  #takeReady(nowMs: number): TouchState[] {
    const ready: TouchState[] = []
    for (const state of this.#states.values()) {
      if (this.#readyAt(state) > nowMs) continue
      if (state.failures > 0) return [state]
      ready.push(state)
      if (ready.length === maxBatchInTurn) break
    }
    return ready
  }

  async #touch(batch: readonly TouchState[], isLast: boolean): Promise<void> {
    const nowMs = performance.now()
    const edited = batch.filter((state) => state.isPending).map((state) => state.nodeId)
    for (const state of batch) state.isPending = state.isSaved = false
    try {
      const touches: TextTouch[] = []
      for (const state of batch) touches.push(await this.#prepare(state, nowMs, isLast))
      await this.#write(touches, edited)
      for (const state of batch) {
        state.touchedAtMs = performance.now()
        state.failures = 0
      }
    } catch (error) {
      this.#failed(batch, new Set(edited), error)
    }
  }

  /** Reads the size when it is time for that. A size that cannot be read now is read later. */
  async #prepare(state: TouchState, nowMs: number, isLast: boolean): Promise<TextTouch> {
    const { nodeId, actorId, position } = state
    const isSizeDue = state.isSizeStale && (isLast || state.sizedAtMs + sizeIntervalMs <= nowMs)
    if (!isSizeDue) return { nodeId, actorId, position }
    state.sizedAtMs = nowMs
    state.isSizeStale = false
    try {
      const current = await this.#options.live.readText(nodeId)
      return { nodeId, actorId, position: current.position, text: current.text }
    } catch (error) {
      // It is a blob by now, or gone, and has no size of this kind.
      if (error instanceof ProblemError && error.code === 'not_found')
        return { nodeId, actorId, position }
      state.isSizeStale = true
      this.#options.log.warn({ err: error, nodeId }, 'the size of a text could not be read')
      return { nodeId, actorId, position }
    }
  }

  async #write(
    touches: readonly TextTouch[],
    editedIds: readonly NodeId[],
    also?: (tx: Transaction<Schema>) => Promise<void>,
  ): Promise<void> {
    const { db, clock, live, onTrashEdited } = this.#options
    let charges: SpaceCharges | undefined
    const ids = touches.map(({ nodeId }) => nodeId)
    const [touched, inTrash] = await Promise.all([
      changeNodes(db, clock, async (writer) => {
        charges = writer.charges
        await markVersionsDue(writer.tx, editedIds, clock.now())
        await also?.(writer.tx)
        return touchTexts(writer, touches, clock)
      }),
      // The edits are committed: whoever trashes a folder from now on has them in it.
      listEditedInTrashedFolders(db.kysely, ids),
    ])
    const trashed = [...touched, ...inTrash]
    for (const [spaceId, usage] of charges?.usages ?? []) live.noteUsage(spaceId, usage)
    for (const { nodeId, actorId } of touches)
      if (actorId !== null && trashed.includes(nodeId)) onTrashEdited(nodeId, actorId)
  }

  #failed(batch: readonly TouchState[], edited: ReadonlySet<NodeId>, error: unknown): void {
    const nowMs = performance.now()
    for (const state of batch) {
      state.failures += 1
      state.isPending ||= edited.has(state.nodeId)
      state.isSizeStale = true
      state.sizedAtMs = -Infinity
      state.retryAtMs = nowMs + Math.min(maxRetryMs, firstRetryMs * 2 ** (state.failures - 1))
      if (state.failures >= maxFailures && !isUnavailable(error)) this.#states.delete(state.nodeId)
    }
    this.#options.log.warn({ err: error, texts: batch.length }, 'edited texts could not be touched')
  }

  #forgetQuiet(nowMs: number): void {
    for (const [nodeId, state] of this.#states) {
      const isQuiet = !state.isPending && !state.isSizeStale && state.holds === 0
      if (isQuiet && state.touchedAtMs + this.#intervalMs() <= nowMs) this.#states.delete(nodeId)
    }
  }

  #scheduleNext(): void {
    let nextMs = Infinity
    for (const state of this.#states.values())
      nextMs = Math.min(nextMs, this.#readyAt(state), this.#forgetAt(state))
    this.#wakeAt(nextMs)
  }

  #wakeAt(dueAtMs: number): void {
    const atMs = Math.max(dueAtMs, this.#restsUntilMs)
    if (this.#isClosed || atMs >= this.#wakesAtMs) return
    clearTimeout(this.#timer)
    this.#wakesAtMs = atMs
    this.#timer = setTimeout(
      () => {
        this.#wakesAtMs = Infinity
        void this.#enqueue(() => this.#touchReady())
      },
      Math.max(0, atMs - performance.now()),
    )
    this.#timer.unref()
  }

  /** Between two touches of one text. */
  #intervalMs(leastMs = minTouchIntervalMs): number {
    return Math.min(maxTouchIntervalMs, Math.max(leastMs, this.#states.size * touchCostMs))
  }

  /** When a text is to be touched next; never, when nothing about it waits. */
  #readyAt(state: TouchState): number {
    if (state.holds > 0) return Infinity
    const dueMs = state.isPending
      ? state.touchedAtMs + this.#intervalMs(state.isSaved ? minSaveIntervalMs : undefined)
      : state.isSizeStale
        ? state.sizedAtMs + sizeIntervalMs
        : Infinity
    return Math.max(dueMs, state.retryAtMs)
  }

  #forgetAt(state: TouchState): number {
    if (state.isPending || state.isSizeStale || state.holds > 0) return Infinity
    return state.touchedAtMs + this.#intervalMs()
  }
}

function isAtOrBefore(one: LogPosition, other: LogPosition): boolean {
  return one.epoch < other.epoch || (one.epoch === other.epoch && one.seq <= other.seq)
}
