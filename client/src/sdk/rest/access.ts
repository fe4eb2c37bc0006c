import type {
  Grant,
  GrantId,
  Node,
  NodeAccessReport,
  NodeId,
  PutGrantRequest,
} from '@cloudsync/protocol'
import type { Api, CallOptions } from '../http/api.ts'
import { Pages } from '../http/pages.ts'

/** Who may do what with a node. */
export class AccessApi {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** What the caller may do with it, and why. */
  of(id: NodeId, options?: CallOptions): Promise<NodeAccessReport> {
    return this.#api.get(`/nodes/${id}/access`, {}, options)
  }

  /** What is granted on the node itself; what it inherits is on the folders above. */
  grants(id: NodeId, options?: CallOptions): Pages<Grant> {
    return new Pages((cursor) => this.#api.get(`/nodes/${id}/grants`, { cursor }, options))
  }

  /** Gives a person or a group a role on it, or another one than they have there. */
  putGrant(id: NodeId, grant: PutGrantRequest, options?: CallOptions): Promise<Grant> {
    return this.#api.put('PUT', `/nodes/${id}/grants`, grant, options)
  }

  /** Takes a role back, or gives up one's own. */
  removeGrant(id: NodeId, grantId: GrantId, options?: CallOptions): Promise<void> {
    return this.#api.delete(`/nodes/${id}/grants/${grantId}`, {}, options)
  }

  /** `false` makes a folder private: what is granted above counts in it for the owners of the space alone. */
  setInheritance(id: NodeId, inherits: boolean, options?: CallOptions): Promise<Node> {
    return this.#api.put('PUT', `/nodes/${id}/inheritance`, { inherits }, options)
  }
}
