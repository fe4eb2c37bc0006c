import type { Member, Node, Role, Space, SpaceId, UserId } from '@cloudsync/protocol'
import type { Api, CallOptions, ChangeOptions } from '../http/api.ts'
import { Pages } from '../http/pages.ts'

export type SpacePatch = Partial<Pick<Space, 'name' | 'conflictPolicy' | 'trashDays'>>

/** Spaces, and who their members are. */
export class SpacesApi {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** Those that the caller is a member of. */
  list(options?: CallOptions): Pages<Space> {
    return new Pages((cursor) => this.#api.get('/spaces', { cursor }, options))
  }

  get(id: SpaceId, options?: CallOptions): Promise<Space> {
    return this.#api.get(`/spaces/${id}`, {}, options)
  }

  /** Makes a team space that belongs to the caller. */
  create(name: string, options?: ChangeOptions): Promise<Space> {
    return this.#api.change('POST', '/spaces', { name }, options)
  }

  patch(id: SpaceId, patch: SpacePatch, options?: CallOptions): Promise<Space> {
    return this.#api.put('PATCH', `/spaces/${id}`, patch, options)
  }

  /** The node at a path of names, parted by `/`, from the root of the space; '' is the root. Throws `not_found`. */
  nodeAt(id: SpaceId, path: string, options?: CallOptions): Promise<Node> {
    return this.#api.get(`/spaces/${id}/path`, { path }, options)
  }

  members(id: SpaceId, options?: CallOptions): Pages<Member> {
    return new Pages((cursor) => this.#api.get(`/spaces/${id}/members`, { cursor }, options))
  }

  /** Adds somebody who has an account, or gives a member another role. */
  putMember(
    id: SpaceId,
    member: { readonly email: string; readonly role: Exclude<Role, 'owner'> },
    options?: CallOptions,
  ): Promise<Member> {
    return this.#api.put('PUT', `/spaces/${id}/members`, member, options)
  }

  removeMember(id: SpaceId, userId: UserId, options?: CallOptions): Promise<void> {
    return this.#api.delete(`/spaces/${id}/members/${userId}`, {}, options)
  }
}
