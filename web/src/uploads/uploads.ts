import type { Me, NodeId } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { findByPath } from '../api/endpoints.ts'
import { createNodeId } from '../files/node-id.ts'
import type { SpaceTree } from '../tree/space-tree.ts'
import type { SpaceTrees } from '../tree/space-trees.ts'
import { toasts } from '../ui/toast-list.ts'
import type { DroppedEntries } from './dropped-entries.ts'
import { InterruptedUploads } from './interrupted-uploads.ts'
import { KeptUploads } from './kept-uploads.ts'
import { makeFolders } from './make-folders.ts'
import { createSendTogether } from './send-together.ts'
import { createSendUpload } from './send-upload.ts'
import { planUpload } from './upload-plan.ts'
import { UploadQueue, type Upload } from './upload-queue.ts'
import { wayOf } from './upload-way.ts'

export interface UploadsOptions {
  readonly api: ApiClient
  readonly me: Me
  readonly trees: SpaceTrees
}

/** What to do with a file whose name is taken. */
export type ConflictChoice = 'keepBoth' | 'replace' | 'skip'

/** All uploads of this page: reads what was dropped, makes its folders, and queues its files. */
export class Uploads {
  readonly queue: UploadQueue
  readonly interrupted: InterruptedUploads
  readonly #options: UploadsOptions
  readonly #kept: KeptUploads
  /** Holds for all that is still to come, until nothing is under way any more. */
  #choiceForAll: ConflictChoice | undefined

  constructor(options: UploadsOptions) {
    this.#options = options
    const { api } = options
    this.#kept = new KeptUploads(options.me.id)
    const sendAlone = createSendUpload(api)
    this.queue = new UploadQueue({
      send: async (upload, report, signal) => {
        if (wayOf(upload) !== 'resumable') return sendAlone(upload, report, signal)
        const { sendByTus } = await import('./send-by-tus.ts')
        return sendByTus({ api, kept: this.#kept }, upload, report, signal)
      },
      sendTogether: createSendTogether(api),
      createId: () => createNodeId(Date.now()),
      onUploaded: (node) => options.trees.find(node.spaceId)?.tree.store.put([node]),
      onConflict: (upload) => {
        if (this.#choiceForAll) void this.#decide(upload, this.#choiceForAll)
      },
      onDiscarded: ({ target }) => {
        const kept = this.#kept.find(target.id)
        if (kept) void this.interrupted.discard(kept)
      },
    })
    this.interrupted = new InterruptedUploads({
      api,
      kept: this.#kept,
      resume: (upload) => this.queue.add([upload]),
    })
    this.queue.subscribe(() => {
      if (this.queue.uploads.length === 0) this.#choiceForAll = undefined
    })
  }

  /** Takes everything off. What an earlier page began is shown again by the next, unless somebody discards it. */
  close(): void {
    this.queue.clear()
    this.interrupted.hide()
  }

  /** Ends what is under way; another page of this person may go on with it. */
  leave(): void {
    this.queue.stop()
    this.#kept.release()
  }

  async add(tree: SpaceTree, folderId: NodeId, entries: DroppedEntries): Promise<void> {
    if (!this.queue.isBusy) this.#choiceForAll = undefined
    const found = await entries.read()
    for (const { path, reason } of found.unreadable) {
      const [name = '', ...above] = path.toReversed()
      const folder = above.toReversed()
      this.queue.addRefused({ parentId: folderId, name, folder, file: new Blob() }, reason)
    }
    const plan = planUpload(found)
    const places = await makeFolders(plan, { ...this.#options, tree, folderId })
    const ready = plan.files.flatMap(({ folderKey, file }) => {
      const place = places.get(folderKey)
      if (place?.kind === 'ready') return [{ parentId: place.id, ...file }]
      const reason = place?.reason ?? 'Its folder was not made'
      this.queue.addRefused({ parentId: folderId, ...file }, reason)
      return []
    })
    this.queue.add(ready.filter((upload) => !this.interrupted.offer(upload)))
    if (ready.length === 0 && plan.levels.length > 0) {
      const [top] = plan.levels
      const count = top?.filter(({ key }) => places.get(key)?.kind === 'ready').length ?? 0
      if (count > 0) toasts.show(count === 1 ? 'The folder was made' : `${count} folders were made`)
    }
  }

  /** A person's answer to a conflict, or to all of them. */
  resolve(upload: Upload, choice: ConflictChoice, isForAll: boolean): void {
    if (!isForAll) {
      void this.#decide(upload, choice)
      return
    }
    this.#choiceForAll = choice
    for (const other of this.queue.uploads) {
      if (other.state.kind === 'conflict') void this.#decide(other, choice)
    }
  }

  async #decide(upload: Upload, choice: ConflictChoice): Promise<void> {
    switch (choice) {
      case 'keepBoth':
        this.queue.resolve(upload.key, 'keepBoth')
        return
      case 'skip':
        this.queue.skip(upload.key)
        return
      case 'replace':
        await this.#replace(upload)
    }
  }

  async #replace(upload: Upload): Promise<void> {
    const { api, trees } = this.#options
    const folder = trees.findNode(upload.parentId)
    const tree = folder && trees.find(folder.spaceId)?.tree
    try {
      if (!tree) throw new Error('Its folder is gone')
      await tree.loadAncestors(folder.id)
      // The root has no part in a path.
      const names = [...tree.ancestors(folder.id), folder].slice(1).map(({ name }) => name)
      const existing = await findByPath(api, tree.spaceId, [...names, upload.name])
      if (existing.kind === 'folder') throw new Error('A folder has this name')
      this.queue.resolve(upload.key, { replace: existing.id })
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'It is gone by now'
      toasts.show(`${upload.name} cannot be replaced: ${reason}. Try “Keep both”`, {
        tone: 'error',
      })
    }
  }
}
