/** Two folders that some program keeps the same. */
export interface FolderPair extends AsyncDisposable {
  /** Where things are changed. */
  readonly from: string
  /** Where they are to come up. */
  readonly to: string
  /** Something was changed: for programs that only look when they are told, or had better not wait for their watchers. */
  readonly hint: () => Promise<void>
  /** Resolves when both sides say that there is nothing to do. */
  readonly settle: () => Promise<void>
  /** Processes that keep `from`, and how much memory they may be asked for. */
  readonly pids: () => readonly number[]
}

export interface FolderPairPeer {
  readonly title: string
  /** Keeps watching by itself, so that a single save comes across without being told. */
  readonly isWatching: boolean
  /** `directory` is empty, and the pair's own. */
  readonly open: (directory: string) => Promise<FolderPair>
}
