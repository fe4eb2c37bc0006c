import type { Changes, NodeId, Snapshot, SpaceId } from '@cloudsync/protocol'
import { CloudSyncError, NetworkError } from '../errors.ts'
import type { Api, CallOptions } from '../http/api.ts'

/** `nextCursor` of an answer, a number, or `latest`: from now on. */
export type ChangesCursor = string | number

export interface ListChangesOptions extends CallOptions {
  /** At most 1,000; default 200. */
  readonly limit?: number
  /** How long the server waits for something to tell, at most 55 s; default: not at all. */
  readonly waitMs?: number
  /** As last answered: where there is another one now, the answer does not wait. */
  readonly accessEpoch?: string | undefined
}

export interface FollowOptions extends CallOptions {
  /** As of `ListChangesOptions`; default 50 s. */
  readonly waitMs?: number
  /** The server cannot be reached, or asks for patience: it is tried again, for ever. */
  readonly onTrouble?: (error: CloudSyncError | NetworkError) => void
}

const defaultWaitMs = 50_000
/** Beyond its own wait, for the answer to come. */
const answerMs = 30_000
const maxTroubleMs = 30_000

/** What happens in a space, in the order in which it was committed. */
export class ChangesApi {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /**
   * What comes after `cursor`: the number up to which the caller knows the space, or `nextCursor` of the answer before.
   * `latest` answers nothing, and where to go on from now. Throws `cursor_expired`: take a snapshot.
   */
  list(
    spaceId: SpaceId,
    cursor: ChangesCursor,
    { limit, waitMs = 0, accessEpoch, signal, timeoutMs }: ListChangesOptions = {},
  ): Promise<Changes> {
    const wait = waitMs > 0 ? Math.ceil(waitMs / 1000) : undefined
    const patienceMs = timeoutMs ?? (wait === undefined ? undefined : waitMs + answerMs)
    return this.#api.get(
      `/spaces/${spaceId}/changes`,
      { cursor, limit, wait, accessEpoch },
      { signal, timeoutMs: patienceMs },
    )
  }

  /**
   * Yields whatever comes after `cursor`, as long as it takes: the next cursor is `nextCursor` of what was yielded, which
   * whoever wants to go on after a restart keeps. An answer without items says that `accessEpoch` is another one. Ends by
   * `signal`, without an error; throws what patience does not mend, such as `cursor_expired` and the end of the sign-in.
   */
  async *follow(
    spaceId: SpaceId,
    cursor: ChangesCursor,
    { signal, waitMs = defaultWaitMs, onTrouble }: FollowOptions = {},
  ): AsyncGenerator<Changes, void> {
    let accessEpoch: string | undefined
    let failures = 0
    let isBehind = true
    while (!isAborted(signal)) {
      const options = { limit: 1000, waitMs: isBehind ? 0 : waitMs, accessEpoch, signal }
      let changes: Changes
      try {
        changes = await this.list(spaceId, cursor, options)
        failures = 0
      } catch (error) {
        if (isAborted(signal)) return
        await this.#waitAfter(error, failures++, signal, onTrouble)
        continue
      }
      isBehind = changes.hasMore
      cursor = changes.nextCursor
      const isOtherAccess = accessEpoch !== undefined && accessEpoch !== changes.accessEpoch
      accessEpoch = changes.accessEpoch
      if (changes.items.length > 0 || isOtherAccess) yield changes
    }
  }

  /**
   * All that the caller may see of a space and that is not in the trash, or what lies below one folder: folders before
   * what is in them, page by page. What changes meanwhile is in the feed after `changesCursor`.
   */
  async *snapshot(
    spaceId: SpaceId,
    { folderId, ...options }: CallOptions & { readonly folderId?: NodeId } = {},
  ): AsyncGenerator<Snapshot, void> {
    let cursor: string | undefined
    do {
      const query = { cursor, folderId, limit: 1000 }
      const path = `/spaces/${spaceId}/snapshot`
      const page: Snapshot = await this.#api.get(path, query, options)
      yield page
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
  }

  async #waitAfter(
    error: unknown,
    failures: number,
    signal: AbortSignal | undefined,
    onTrouble: FollowOptions['onTrouble'],
  ): Promise<void> {
    const isKnown = error instanceof NetworkError || error instanceof CloudSyncError
    if (!isKnown || !error.retryable) throw error
    onTrouble?.(error)
    const { clock, random } = this.#api.http.options
    const ceiling = Math.min(maxTroubleMs, 1000 * 2 ** Math.min(failures, 10))
    const askedMs = error instanceof CloudSyncError ? (error.retryAfterMs ?? 0) : 0
    await clock.delay(Math.max(askedMs, ceiling / 2 + (ceiling / 2) * random()), signal)
  }
}

/** A call, since the compiler believes that what it has seen once stays so. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}
