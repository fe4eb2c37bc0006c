import type { NodeId, PutContentResponse, Version, VersionDiff } from '@cloudsync/protocol'
import type { Api, CallOptions } from '../http/api.ts'
import { Pages } from '../http/pages.ts'

/** What files were. Their bytes: `content.getVersion`. */
export class VersionsApi {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** The newest first. */
  list(id: NodeId, options?: CallOptions): Pages<Version> {
    return new Pages((cursor) => this.#api.get(`/nodes/${id}/versions`, { cursor }, options))
  }

  /** Keeps a text as it is now under a name. */
  create(id: NodeId, name: string, options?: CallOptions): Promise<Version> {
    return this.#api.once('POST', `/nodes/${id}/versions`, { name }, options)
  }

  /** `null` takes the name away. */
  rename(
    id: NodeId,
    version: number,
    name: string | null,
    options?: CallOptions,
  ): Promise<Version> {
    return this.#api.put('PATCH', `/nodes/${id}/versions/${version}`, { name }, options)
  }

  /** From `from` to the version `to`, or to the text as it is now. */
  diff(id: NodeId, from: number, to?: number, options?: CallOptions): Promise<VersionDiff> {
    return this.#api.get(`/nodes/${id}/versions/${from}/diff`, { to }, options)
  }

  /** Makes the file what it was; what it is now is kept as a version first. */
  restore(id: NodeId, version: number, options?: CallOptions): Promise<PutContentResponse> {
    return this.#api.put('POST', `/nodes/${id}/versions/${version}/restore`, undefined, options)
  }
}
