import type { BulkResponse, Node, NodeId, SpaceId, TrashItem } from '@cloudsync/protocol'
import type { Api, CallOptions } from '../http/api.ts'
import { Pages } from '../http/pages.ts'

export interface UndoneBatch {
  /** What is back. */
  readonly items: readonly Node[]
  /** One for each node of the batch. */
  readonly results: BulkResponse['results']
}

/** What was deleted and can come back. */
export class TrashApi {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** The latest first; what lies below a trashed folder is not listed. */
  list(spaceId: SpaceId, options?: CallOptions): Pages<TrashItem> {
    return new Pages((cursor) => this.#api.get('/trash', { spaceId, cursor }, options))
  }

  /** Brings back all that one request has put there. */
  undo(batchId: string, options?: CallOptions): Promise<UndoneBatch> {
    const path = `/trash/batches/${encodeURIComponent(batchId)}/undo`
    return this.#api.put('POST', path, undefined, options)
  }

  /** Deletes one thing in the trash for good. */
  purge(id: NodeId, options?: CallOptions): Promise<void> {
    return this.#api.delete(`/trash/${id}`, {}, options)
  }

  /** Deletes everything in the trash of a space for good; says how many nodes it was. */
  empty(spaceId: SpaceId, options?: CallOptions): Promise<{ readonly purged: number }> {
    return this.#api.put('DELETE', `/trash?spaceId=${spaceId}`, undefined, options)
  }
}
