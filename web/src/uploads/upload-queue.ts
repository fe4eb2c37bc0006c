import type { Node, NodeId } from '@cloudsync/protocol'
import { isApiError } from '../api/api-error.ts'
import { describeError } from '../api/describe-error.ts'
import {
  updateUpload,
  isSettled,
  type UploadEvent,
  type UploadState,
  type UploadTarget,
} from './upload-state.ts'
import { nextToSend } from './upload-way.ts'

export interface Upload {
  readonly key: number
  readonly parentId: NodeId
  readonly name: string
  /** Names of the folders above it below where all was dropped, for the eye. */
  readonly folder: readonly string[]
  readonly file: Blob
  readonly target: UploadTarget
  readonly state: UploadState
}

export interface NewUpload {
  readonly parentId: NodeId
  readonly name: string
  readonly folder?: readonly string[]
  readonly file: Blob
  /** Of an upload that goes on where an earlier page left it, which is told by its target. */
  readonly resumed?: { readonly target: UploadTarget; readonly sentBytes: number }
}

/** How far an upload has come; or that nothing comes through for the moment. */
export type ReportProgress = (progress: number | 'stalled') => void

/** Sends one file. Rejects with an `ApiError`, or whatever `signal` carries. */
export type SendUpload = (
  upload: Upload,
  report: ReportProgress,
  signal: AbortSignal,
) => Promise<Node>

/** What became of one of many files that were sent together: its node, or why it was refused. */
export type UploadOutcome = { readonly node: Node } | { readonly error: unknown }

/**
 * Sends several small files in one request, and reports the bytes of all together; an outcome for each, in their
 * order. Rejects as `SendUpload`.
 */
export type SendUploads = (
  uploads: readonly Upload[],
  report: (sentBytes: number) => void,
  signal: AbortSignal,
) => Promise<readonly UploadOutcome[]>

export interface UploadQueueOptions {
  readonly send: SendUpload
  readonly sendTogether: SendUploads
  readonly createId: () => NodeId
  readonly onUploaded: (node: Node) => void
  /** The folder has an entry of the name; a decision may be given at once. */
  readonly onConflict?: (upload: Upload) => void
  /** What has come of it so far is of no use any more: nobody wants it, or it is to be another file. */
  readonly onDiscarded?: (upload: Upload) => void
}

/** More at once would only share the same line. */
const parallel = 3

/** The files that are on their way, in the order in which they were given. */
export class UploadQueue {
  readonly #options: UploadQueueOptions
  readonly #listeners = new Set<() => void>()
  /** The request that each file is in; small ones share one. */
  readonly #running = new Map<number, AbortController>()
  #uploads: readonly Upload[] = []
  #nextKey = 1

  constructor(options: UploadQueueOptions) {
    this.#options = options
  }

  get uploads(): readonly Upload[] {
    return this.#uploads
  }

  /** Something is being sent, or waits for its turn. */
  get isBusy(): boolean {
    return this.#uploads.some(({ state }) => state.kind === 'waiting' || state.kind === 'sending')
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  add(files: readonly NewUpload[]): void {
    this.#add(files, (file) => ({ kind: 'waiting', sentBytes: file.resumed?.sentBytes ?? 0 }))
    this.#schedule()
  }

  /** A file that cannot be sent at all, for the person to see it named. */
  addRefused(file: NewUpload, reason: string): void {
    this.#add([file], () => ({ kind: 'failed', reason, canRetry: false }))
  }

  /** Tries everything again that may get through now. */
  retryFailed(): void {
    for (const { key, state } of this.#uploads) {
      if (state.kind === 'failed' && state.canRetry) this.#apply(key, { type: 'requeued' })
    }
    this.#schedule()
  }

  /** Tries one again that has failed, or lets one go on that is paused. */
  retry(key: number): void {
    this.#apply(key, { type: 'requeued' })
    this.#schedule()
  }

  /** Stops sending one, until it is tried again. */
  pause(key: number): void {
    this.#apply(key, { type: 'paused' })
    this.#running.get(key)?.abort()
    this.#schedule()
  }

  /** Answers a conflict: under a free name, or as the next content of the file that is there. */
  resolve(key: number, as: 'keepBoth' | { readonly replace: NodeId }): void {
    const former = this.#find(key)
    if (former) this.#options.onDiscarded?.(former)
    this.#change(key, (upload) => ({
      ...upload,
      target:
        as === 'keepBoth'
          ? { kind: 'create', id: this.#options.createId(), ifTaken: 'rename' }
          : { kind: 'replace', id: as.replace },
      state: updateUpload(upload.state, { type: 'requeued' }),
    }))
    this.#schedule()
  }

  skip(key: number): void {
    const upload = this.#find(key)
    this.#apply(key, { type: 'skipped' })
    this.#running.get(key)?.abort()
    if (upload) this.#options.onDiscarded?.(upload)
    this.#schedule()
  }

  /** Takes everything off, ending what is under way: nobody wants it any more. */
  clear(): void {
    const discarded = this.#uploads.filter(({ state }) => !isSettled(state))
    this.stop()
    for (const upload of discarded) this.#options.onDiscarded?.(upload)
  }

  /** Ends what is under way: the page is left, and another may go on with it. */
  stop(): void {
    const running = new Set(this.#running.values())
    this.#running.clear()
    this.#set([])
    for (const controller of running) controller.abort()
  }

  #add(files: readonly NewUpload[], stateOf: (file: NewUpload) => UploadState): void {
    const added = files.map((file): Upload => ({
      key: this.#nextKey++,
      parentId: file.parentId,
      name: file.name,
      folder: file.folder ?? [],
      file: file.file,
      target: file.resumed?.target ?? { kind: 'create', id: this.#options.createId() },
      state: stateOf(file),
    }))
    this.#set([...this.#uploads, ...added])
  }

  #schedule(): void {
    while (new Set(this.#running.values()).size < parallel) {
      const next = nextToSend(this.#uploads)
      if (next.length === 0) return
      void this.#run(next)
    }
  }

  async #run(uploads: readonly Upload[]): Promise<void> {
    const controller = new AbortController()
    const keys = uploads.map(({ key }) => key)
    for (const key of keys) this.#running.set(key, controller)
    this.#applyAll(new Map(keys.map((key) => [key, { type: 'started' }])))
    const isOurs = (key: number) => this.#running.get(key) === controller
    try {
      const outcomes = await this.#send(uploads, controller.signal)
      this.#settle(new Map(keys.map((key, index) => [key, outcomes[index] ?? {}])))
    } catch (error) {
      const event = controller.signal.aborted ? returned : readFailure(error)
      this.#applyAll(new Map(keys.filter(isOurs).map((key) => [key, event])))
      this.#tellConflicts(keys)
    } finally {
      for (const key of keys.filter(isOurs)) this.#running.delete(key)
      this.#schedule()
    }
  }

  async #send(uploads: readonly Upload[], signal: AbortSignal): Promise<readonly UploadOutcome[]> {
    const { send, sendTogether } = this.#options
    const [upload] = uploads
    if (!upload || uploads.length > 1)
      return sendTogether(uploads, (sentBytes) => this.#share(uploads, sentBytes), signal)
    const report: ReportProgress = (progress) => {
      if (signal.aborted) return
      if (progress === 'stalled') this.#apply(upload.key, { type: 'stalled' })
      else this.#apply(upload.key, { type: 'progressed', sentBytes: progress })
    }
    return [{ node: await send(upload, report, signal) }]
  }

  /** Files in one request go one after the other. */
  #share(uploads: readonly Upload[], sentBytes: number): void {
    let restBytes = sentBytes
    const events = uploads.map(({ key, file }) => {
      const own = Math.min(file.size, restBytes)
      restBytes -= own
      return [key, { type: 'progressed', sentBytes: own }] as const
    })
    this.#applyAll(new Map(events))
  }

  #settle(outcomes: ReadonlyMap<number, Partial<{ node: Node; error: unknown }>>): void {
    const events = [...outcomes].map(([key, { node, error }]) => {
      const event: UploadEvent = node ? { type: 'succeeded', node } : readFailure(error)
      return [key, event] as const
    })
    this.#applyAll(new Map(events))
    for (const { node } of outcomes.values()) if (node) this.#options.onUploaded(node)
    this.#tellConflicts([...outcomes.keys()])
  }

  #tellConflicts(keys: readonly number[]): void {
    for (const key of keys) {
      const upload = this.#find(key)
      if (upload?.state.kind === 'conflict') this.#options.onConflict?.(upload)
    }
  }

  #find(key: number): Upload | undefined {
    return this.#uploads.find((candidate) => candidate.key === key)
  }

  #apply(key: number, event: UploadEvent): void {
    this.#change(key, (upload) => ({ ...upload, state: updateUpload(upload.state, event) }))
  }

  #applyAll(events: ReadonlyMap<number, UploadEvent>): void {
    this.#set(
      this.#uploads.map((upload) => {
        const event = events.get(upload.key)
        return event ? { ...upload, state: updateUpload(upload.state, event) } : upload
      }),
    )
  }

  #change(key: number, change: (upload: Upload) => Upload): void {
    const index = this.#uploads.findIndex((candidate) => candidate.key === key)
    const upload = this.#uploads[index]
    if (upload) this.#set(this.#uploads.with(index, change(upload)))
  }

  #set(uploads: readonly Upload[]): void {
    this.#uploads = uploads
    for (const listener of this.#listeners) listener()
  }
}

const returned: UploadEvent = { type: 'returned' }

function readFailure(error: unknown): UploadEvent {
  if (isApiError(error, 'name_taken')) return { type: 'conflicted' }
  const { title, hint, canRetry } = describeError(error)
  return { type: 'failed', reason: hint === undefined ? title : `${title}. ${hint}`, canRetry }
}
