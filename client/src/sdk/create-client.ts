import type { Me, NodeId, SpaceId } from '@cloudsync/protocol'
import type * as Y from 'yjs'
import type { ClientOptions, Credentials } from './client-options.ts'
import { Api, type CallOptions } from './http/api.ts'
import { isSignedOut } from './errors.ts'
import type { Authorizer, HttpClient } from './http/http-client.ts'
import { LiveApi, type SpaceWatch, type WatchSpaceOptions } from './live/live-api.ts'
import type { LiveText } from './live/live-text.ts'
import { openHttp } from './open-http.ts'
import { AccessApi } from './rest/access.ts'
import { ChangesApi } from './rest/changes.ts'
import { ConflictsApi } from './rest/conflicts.ts'
import { ContentApi } from './rest/content.ts'
import { NodesApi } from './rest/nodes.ts'
import { SpacesApi } from './rest/spaces.ts'
import { TextsApi } from './rest/texts.ts'
import { TrashApi } from './rest/trash.ts'
import { VersionsApi } from './rest/versions.ts'
import { AccessToken } from './sign-in/access-token.ts'
import { endSignIn } from './sign-in/end-sign-in.ts'
import { signInByPassword } from './sign-in/password-sign-in.ts'
import { TokenSession } from './sign-in/token-session.ts'
import { MemoryTokenStore } from './sign-in/token-store.ts'
import { UploadsApi } from './uploads/uploads.ts'

/** Everything that somebody may do on one server, in their name. Nothing is sent before it is asked for. */
export function createClient(options: ClientOptions): CloudSyncClient {
  return new CloudSyncClient(options)
}

/** See `createClient`. Methods throw `CloudSyncError` where the server says no, and `NetworkError` without its answer. */
export class CloudSyncClient {
  readonly spaces: SpacesApi
  readonly nodes: NodesApi
  readonly content: ContentApi
  readonly versions: VersionsApi
  readonly trash: TrashApi
  readonly conflicts: ConflictsApi
  readonly access: AccessApi
  readonly changes: ChangesApi
  readonly texts: TextsApi
  readonly uploads: UploadsApi
  readonly #api: Api
  readonly #anonymous: HttpClient
  readonly #authorizer: Authorizer
  readonly #live: LiveApi

  constructor(options: ClientOptions) {
    this.#anonymous = openHttp(options)
    this.#authorizer = authorizerOf(options.credentials, this.#anonymous)
    const api = new Api(this.#anonymous.withAuthorizer(this.#authorizer))
    this.#api = api
    this.spaces = new SpacesApi(api)
    this.nodes = new NodesApi(api)
    this.content = new ContentApi(api)
    this.versions = new VersionsApi(api)
    this.trash = new TrashApi(api)
    this.conflicts = new ConflictsApi(api)
    this.access = new AccessApi(api)
    this.changes = new ChangesApi(api)
    this.texts = new TextsApi(api)
    this.uploads = new UploadsApi(api)
    const { url, random } = this.#anonymous.options
    const sign = { token: () => this.#authorizer.token(undefined), isOver: () => this.#isOver() }
    this.#live = new LiveApi({ url, random, sign, WebSocket: options.WebSocket })
  }

  /** Who is signed in. */
  me(options?: CallOptions): Promise<Me> {
    return this.#api.get('/me', {}, options)
  }

  /**
   * Opens a text for live editing; `doc` holds what an earlier run has kept of it, if anything. Close it when it is no
   * longer needed.
   */
  openText(nodeId: NodeId, options: { readonly doc?: Y.Doc } = {}): LiveText {
    return this.#live.openText(nodeId, options.doc)
  }

  /**
   * Calls back with the number that a space has come to, whenever it has, and with `undefined` when it listens anew and
   * may have missed something. A hint: what has changed is in `changes`. For members of the space.
   */
  watchSpace(
    spaceId: SpaceId,
    onChange: (seq: number | undefined) => void,
    options: WatchSpaceOptions = {},
  ): SpaceWatch {
    return this.#live.watchSpace(spaceId, onChange, options)
  }

  /** Ends the sign-in on the server and forgets its tokens. A personal access token is left as it is. */
  async signOut(options: CallOptions = {}): Promise<void> {
    if (this.#authorizer instanceof TokenSession)
      await endSignIn(this.#anonymous, this.#authorizer, options.signal)
  }

  #isOver(): Promise<boolean> {
    return this.me().then(
      () => false,
      (error: unknown) => isSignedOut(error),
    )
  }
}

function authorizerOf(credentials: Credentials, http: HttpClient): Authorizer {
  if ('accessToken' in credentials) return new AccessToken(credentials.accessToken)
  const store = credentials.tokens ?? new MemoryTokenStore()
  const signIn = 'email' in credentials ? () => signInByPassword(http, credentials) : undefined
  return new TokenSession({ http, store, signIn })
}
