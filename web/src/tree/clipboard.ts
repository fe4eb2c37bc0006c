import type { NodeId, SpaceId } from '@cloudsync/protocol'

/** What was cut or copied in a list of files, to be pasted into a folder of any space. */
export interface TreeClip {
  readonly mode: 'cut' | 'copy'
  readonly spaceId: SpaceId
  readonly ids: readonly NodeId[]
}

class TreeClipboard {
  #clip: TreeClip | undefined
  readonly #listeners = new Set<() => void>()

  get clip(): TreeClip | undefined {
    return this.#clip
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  put(clip: TreeClip | undefined): void {
    this.#clip = clip
    for (const listener of this.#listeners) listener()
  }
}

/** The page has one. */
export const treeClipboard = new TreeClipboard()
