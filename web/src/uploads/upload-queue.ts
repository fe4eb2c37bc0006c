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
}

/** Sends one file. Rejects with an `ApiError`, or whatever `signal` carries. */
export type SendUpload = (
  upload: Upload,
  onProgress: (sentBytes: number) => void,
  signal: AbortSignal,
) => Promise<Node>

export interface UploadQueueOptions {
  readonly send: SendUpload
  readonly createId: () => NodeId
  readonly onUploaded: (node: Node) => void
  /** The folder has an entry of the name; a decision may be given at once. */
  readonly onConflict?: (upload: Upload) => void
}

/** More at once would only share the same line. */
const parallel = 3

/** The files that are on their way, in the order in which they were given. */
export class UploadQueue {
  readonly #options: UploadQueueOptions
  readonly #listeners = new Set<() => void>()
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
    const added = files.map(({ parentId, name, folder, file }): Upload => ({
      key: this.#nextKey++,
      parentId,
      name,
      folder: folder ?? [],
      file,
      target: { kind: 'create', id: this.#options.createId() },
      state: { kind: 'waiting' },
    }))
    this.#set([...this.#uploads, ...added])
    this.#schedule()
  }

  /** A file that cannot be sent at all, for the person to see it named. */
  addRefused({ parentId, name, folder, file }: NewUpload, reason: string): void {
    const upload: Upload = {
      key: this.#nextKey++,
      parentId,
      name,
      folder: folder ?? [],
      file,
      target: { kind: 'create', id: this.#options.createId() },
      state: { kind: 'failed', reason, canRetry: false },
    }
    this.#set([...this.#uploads, upload])
  }

  /** Tries everything again that may get through now. */
  retryFailed(): void {
    for (const { key, state } of this.#uploads) {
      if (state.kind === 'failed' && state.canRetry) this.#apply(key, { type: 'requeued' })
    }
    this.#schedule()
  }

  retry(key: number): void {
    this.#apply(key, { type: 'requeued' })
    this.#schedule()
  }

  /** Answers a conflict: under a free name, or as the next content of the file that is there. */
  resolve(key: number, as: 'keepBoth' | { readonly replace: NodeId }): void {
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
    this.#running.get(key)?.abort()
    this.#apply(key, { type: 'skipped' })
    this.#schedule()
  }

  clearSettled(): void {
    this.#set(this.#uploads.filter(({ state }) => !isSettled(state)))
  }

  /** Takes everything off, ending what is under way. */
  clear(): void {
    for (const controller of this.#running.values()) controller.abort()
    this.#running.clear()
    this.#set([])
  }

  #schedule(): void {
    for (const upload of this.#uploads) {
      if (this.#running.size >= parallel) return
      if (upload.state.kind === 'waiting') void this.#send(upload)
    }
  }

  async #send(upload: Upload): Promise<void> {
    const controller = new AbortController()
    const { key } = upload
    this.#running.set(key, controller)
    this.#apply(key, { type: 'started' })
    try {
      const node = await this.#options.send(
        upload,
        (sentBytes) => this.#apply(key, { type: 'progressed', sentBytes }),
        controller.signal,
      )
      this.#apply(key, { type: 'succeeded', node })
      this.#options.onUploaded(node)
    } catch (error) {
      if (!controller.signal.aborted) this.#fail(key, readFailure(error))
    } finally {
      this.#running.delete(key)
      this.#schedule()
    }
  }

  #fail(key: number, event: UploadEvent): void {
    this.#apply(key, event)
    const upload = this.#uploads.find((candidate) => candidate.key === key)
    if (upload?.state.kind === 'conflict') this.#options.onConflict?.(upload)
  }

  #apply(key: number, event: UploadEvent): void {
    this.#change(key, (upload) => ({ ...upload, state: updateUpload(upload.state, event) }))
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

function readFailure(error: unknown): UploadEvent {
  if (isApiError(error, 'name_taken')) return { type: 'conflicted' }
  const { title, hint, canRetry } = describeError(error)
  return { type: 'failed', reason: hint === undefined ? title : `${title}. ${hint}`, canRetry }
}
