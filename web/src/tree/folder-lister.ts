import type { Node, NodeId, Page } from '@cloudsync/protocol'
import type { Scope, TreeStore } from './tree-store.ts'

export interface FolderListerOptions {
  readonly store: TreeStore
  readonly fetchPage: (
    folderId: NodeId,
    scope: Scope,
    cursor: string | undefined,
    signal: AbortSignal,
  ) => Promise<Page<Node>>
  /** How far the change feed was followed. */
  readonly seq: () => number
  readonly now: () => number
  /** Whether listing a folder goes on, or has failed, is told by `stateOf`; it has changed. */
  readonly onChanged: () => void
}

export type ListingState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'listing' }
  | { readonly kind: 'failed'; readonly error: unknown }

interface Watch {
  readonly folderId: NodeId
  readonly scope: Scope
  count: number
  state: ListingState
  controller: AbortController | undefined
}

const idle: ListingState = { kind: 'idle' }
const showEveryMs = 400

/** Reads folders that somebody looks at into the store, page by page, once; the feed keeps them true. */
export class FolderLister {
  readonly #options: FolderListerOptions
  readonly #watches = new Map<string, Watch>()

  constructor(options: FolderListerOptions) {
    this.#options = options
  }

  stateOf(folderId: NodeId, scope: Scope): ListingState {
    return this.#watches.get(keyOf(folderId, scope))?.state ?? idle
  }

  /** Lists the folder unless that was done; the result says that it is not looked at any more. */
  watch(folderId: NodeId, scope: Scope): () => void {
    const key = keyOf(folderId, scope)
    const watch = this.#watches.get(key) ?? {
      folderId,
      scope,
      count: 0,
      state: idle,
      controller: undefined,
    }
    this.#watches.set(key, watch)
    watch.count++
    this.#ensure(watch)
    return () => {
      watch.count--
      if (watch.count > 0) return
      watch.controller?.abort()
      this.#watches.delete(key)
    }
  }

  /** Lists once more what has failed or has become stale, of all that is looked at. */
  refresh(): void {
    for (const watch of this.#watches.values()) this.#ensure(watch)
  }

  #ensure(watch: Watch): void {
    if (watch.state.kind === 'listing') return
    if (this.#options.store.isComplete(watch.folderId, watch.scope)) return
    void this.#list(watch)
  }

  async #list(watch: Watch): Promise<void> {
    const controller = new AbortController()
    watch.controller = controller
    this.#become(watch, { kind: 'listing' })
    try {
      await this.#readPages(watch, controller.signal)
      this.#become(watch, idle)
    } catch (error) {
      if (!controller.signal.aborted) this.#become(watch, { kind: 'failed', error })
    }
  }

  async #readPages({ folderId, scope }: Watch, signal: AbortSignal): Promise<void> {
    const { store, fetchPage, seq, now } = this.#options
    const listing = store.beginListing(folderId, scope, seq())
    let nodes: Node[] = []
    let shownAt = -Infinity
    let cursor: string | undefined
    do {
      const page = await fetchPage(folderId, scope, cursor, signal)
      signal.throwIfAborted()
      nodes.push(...page.items)
      cursor = page.nextCursor ?? undefined
      // The first page at once; then not every page, for each showing costs a few frames.
      if (cursor === undefined || now() - shownAt >= showEveryMs) {
        shownAt = now()
        store.addPage(listing, nodes)
        nodes = []
      }
    } while (cursor !== undefined)
    store.endListing(listing)
  }

  #become(watch: Watch, state: ListingState): void {
    watch.state = state
    this.#options.onChanged()
  }
}

function keyOf(folderId: NodeId, scope: Scope): string {
  return `${scope} ${folderId}`
}
