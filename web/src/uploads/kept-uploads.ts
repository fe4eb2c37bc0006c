import type { NodeId, UserId } from '@cloudsync/protocol'
import { parseKeptEntry, type KeptEntry, type KeptUpload } from './kept-upload-entry.ts'
import { keptUploadKey, listKeptUploadKeys } from './kept-upload-keys.ts'
import type { Upload } from './upload-queue.ts'

/** Pages in the background are let run once in a minute only. */
const holdMs = 150_000
const renewMs = 30_000

/** The uploads of one person that are kept in this browser, each under the node that it is for. */
export class KeptUploads {
  readonly #userId: UserId
  readonly #held = new Set<NodeId>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(userId: UserId) {
    this.#userId = userId
  }

  find(id: NodeId): KeptUpload | undefined {
    return this.#read(keptUploadKey(this.#userId, id))
  }

  /** Those that no page is sending just now. */
  listFree(): KeptUpload[] {
    const now = Date.now()
    return listKeptUploadKeys(this.#userId)
      .map((key) => this.#read(key))
      .filter((entry) => entry !== undefined)
      .filter(({ heldUntil }) => heldUntil <= now)
  }

  /** Keeps an upload that this page sends. */
  put(upload: KeptUpload): void {
    this.#held.add(upload.target.id)
    this.#write(upload)
    this.#timer ??= setInterval(() => this.#renew(Date.now() + holdMs), renewMs)
    addEventListener('pagehide', this.release)
  }

  remove(id: NodeId): void {
    this.#held.delete(id)
    localStorage.removeItem(keptUploadKey(this.#userId, id))
  }

  /** This page sends none of them any more. */
  release = (): void => {
    removeEventListener('pagehide', this.release)
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#renew(0)
    this.#held.clear()
  }

  #renew(heldUntil: number): void {
    for (const id of this.#held) {
      const kept = this.find(id)
      if (kept) this.#write(kept, heldUntil)
    }
  }

  #write(upload: KeptUpload, heldUntil = Date.now() + holdMs): void {
    const entry: KeptEntry = { ...upload, heldUntil }
    try {
      localStorage.setItem(keptUploadKey(this.#userId, upload.target.id), JSON.stringify(entry))
    } catch {
      // Storage is full or closed: the upload goes on, and ends with its page.
    }
  }

  #read(key: string): KeptEntry | undefined {
    const entry = parseKeptEntry(localStorage.getItem(key) ?? '')
    return entry && keptUploadKey(this.#userId, entry.target.id) === key ? entry : undefined
  }
}

/** Whether a file is, for all that can be told without reading it, the one of which a part was sent. */
export function isSameFile(kept: KeptUpload, file: Blob): boolean {
  return kept.sizeBytes === file.size && kept.modifiedAt === modifiedAtOf(file)
}

function modifiedAtOf(file: Blob): number {
  return file instanceof File ? file.lastModified : 0
}

export function keptUpload(
  { parentId, name, folder, target, file }: Upload,
  session: Pick<KeptUpload, 'path' | 'sha256' | 'sentBytes'>,
): KeptUpload {
  const sizeBytes = file.size
  return { parentId, name, folder, target, sizeBytes, modifiedAt: modifiedAtOf(file), ...session }
}
