import type { Operation } from '../model/operation.ts'
import type { HistoryRecord } from '../store/records.ts'
import type { SyncStore } from '../store/sync-store.ts'

/** What was done, written down many at a time: it is for people, and nothing depends on it. */
export class History {
  readonly #store: SyncStore
  #waiting: Omit<HistoryRecord, 'number'>[] = []

  constructor(store: SyncStore) {
    this.#store = store
  }

  add(operation: Operation, path: string, atMs: number): void {
    const batchId = this.#store.setting('lastTrashBatch')
    const about = operation.kind === 'trash-remote' && batchId !== undefined ? { batchId } : {}
    this.#waiting.push({
      atMs,
      operation: operation.kind,
      nodeId: operation.id,
      path,
      detail: JSON.stringify({
        ...about,
        ...('seen' in operation ? { from: operation.seen.name } : {}),
      }),
    })
    if (this.#waiting.length >= 500) this.flush()
  }

  flush(): void {
    if (this.#waiting.length === 0) return
    const records = this.#waiting
    this.#waiting = []
    this.#store.transaction((writer) => {
      for (const record of records) writer.addHistory(record)
    })
  }
}
