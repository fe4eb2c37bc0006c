import type { Conflict, NodeId, SpaceId } from '@cloudsync/protocol'
import type { Api, CallOptions } from '../http/api.ts'
import { Pages } from '../http/pages.ts'

export interface ConflictsFilter {
  readonly spaceId?: SpaceId
  readonly nodeId?: NodeId
  /** Default: `open`. */
  readonly state?: 'open' | 'all'
}

/** What two people did at once, and a person decides. */
export class ConflictsApi {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** The latest first. */
  list(filter: ConflictsFilter = {}, options?: CallOptions): Pages<Conflict> {
    return new Pages((cursor) => this.#api.get('/conflicts', { ...filter, cursor }, options))
  }

  get(id: string, options?: CallOptions): Promise<Conflict> {
    return this.#api.get(`/conflicts/${encodeURIComponent(id)}`, {}, options)
  }

  /** `both` keeps the other side as a file beside it. */
  resolve(
    id: string,
    choice: 'mine' | 'theirs' | 'both',
    options?: CallOptions,
  ): Promise<Conflict> {
    const path = `/conflicts/${encodeURIComponent(id)}/resolve`
    return this.#api.put('POST', path, { choice }, options)
  }
}
