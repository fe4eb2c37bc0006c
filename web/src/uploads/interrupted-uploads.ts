import type { NodeId } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { isApiError } from '../api/api-error.ts'
import { formatSize } from '../files/format.ts'
import type { KeptUpload } from './kept-upload-entry.ts'
import { isSameFile, type KeptUploads } from './kept-uploads.ts'
import type { NewUpload } from './upload-queue.ts'

/** An upload that an earlier page began, and for which the person has to choose the file again. */
export interface InterruptedUpload extends KeptUpload {
  /** Why the file that was chosen does not do. */
  readonly refusal: string | undefined
}

export interface InterruptedUploadsOptions {
  readonly api: ApiClient
  readonly kept: KeptUploads
  /** Goes on with one. */
  readonly resume: (upload: NewUpload) => void
}

const tusHeaders = { 'tus-resumable': '1.0.0' }

/** The uploads that were broken off with their page. */
export class InterruptedUploads {
  readonly #options: InterruptedUploadsOptions
  readonly #listeners = new Set<() => void>()
  #list: readonly InterruptedUpload[] = []

  constructor(options: InterruptedUploadsOptions) {
    this.#options = options
  }

  get list(): readonly InterruptedUpload[] {
    return this.#list
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks what is kept here, and asks the server how far each has come. */
  async load(): Promise<void> {
    const kept = this.#options.kept.listFree()
    this.#set(kept.map((upload) => ({ ...upload, refusal: undefined })))
    await Promise.all(kept.map((upload) => this.#look(upload)))
  }

  /** Goes on with the file that a person has chosen, unless it is another one. */
  choose({ target: { id } }: InterruptedUpload, file: File): void {
    const kept = this.#find(id)
    if (!kept) return
    const isFree = this.#options.kept.listFree().some(({ target }) => target.id === id)
    // Another tab has gone on with it meanwhile.
    if (!isFree) return this.#remove(id)
    if (isSameFile(kept, file) || file.name === kept.name) this.#resume(kept, file)
    else this.#change(id, { refusal: refusalOf(kept, file) })
  }

  /** The file came by another way, such as a drop into the same folder: gives whether one goes on with it. */
  offer({ parentId, name, file }: NewUpload): boolean {
    const kept = this.#list.find((each) => each.parentId === parentId && each.name === name)
    if (!kept || !isSameFile(kept, file)) return false
    this.#resume(kept, file)
    return true
  }

  /** Drops one with what was sent of it. */
  async discard({ target: { id }, path }: KeptUpload): Promise<void> {
    this.#remove(id)
    this.#options.kept.remove(id)
    // What cannot be told now is gone by itself in a week.
    await this.#options.api
      .send(path, { method: 'DELETE', headers: tusHeaders })
      .catch(() => undefined)
  }

  /** Until the next page asks again. */
  hide(): void {
    this.#set([])
  }

  #resume(kept: KeptUpload, file: Blob): void {
    const { target, parentId, name, folder } = kept
    this.#remove(target.id)
    // A file that has changed since begins anew.
    const sentBytes = isSameFile(kept, file) ? kept.sentBytes : 0
    this.#options.resume({ parentId, name, folder, file, resumed: { target, sentBytes } })
  }

  async #look({ target: { id }, path, sizeBytes }: KeptUpload): Promise<void> {
    const { api, kept } = this.#options
    try {
      const answer = await api.send(path, { method: 'HEAD', headers: tusHeaders })
      const sentBytes = Number(answer.headers.get('upload-offset'))
      if (sentBytes < sizeBytes) return this.#change(id, { sentBytes })
      // Its last answer was lost: the file is there.
      kept.remove(id)
      this.#remove(id)
    } catch (error) {
      // It was left alone for a week, and begins anew.
      if (isApiError(error, 'upload_expired') || isApiError(error, 'not_found'))
        this.#change(id, { sentBytes: 0 })
    }
  }

  #find(id: NodeId): InterruptedUpload | undefined {
    return this.#list.find(({ target }) => target.id === id)
  }

  #remove(id: NodeId): void {
    this.#set(this.#list.filter(({ target }) => target.id !== id))
  }

  #change(id: NodeId, change: Partial<InterruptedUpload>): void {
    this.#set(this.#list.map((each) => (each.target.id === id ? { ...each, ...change } : each)))
  }

  #set(list: readonly InterruptedUpload[]): void {
    this.#list = list
    for (const listener of this.#listeners) listener()
  }
}

function refusalOf({ name, sizeBytes }: KeptUpload, file: File): string {
  return `${file.name} is another file. Choose ${name}, of ${formatSize(sizeBytes)}.`
}
