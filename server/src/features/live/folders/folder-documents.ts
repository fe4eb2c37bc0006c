import type {
  ChildChange,
  FolderDelta,
  FolderEdit,
  FolderReplica,
  FolderView,
} from '@cloudsync/crdt'
import type { NodeId, UserId } from '@cloudsync/protocol'
import type { Selectable, Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { NodesTable } from '#platform/db/tables/node-tables.ts'

/**
 * The one door to folder documents for the rest of the server: whoever lists, renames or takes out a
 * child does so here, in the transaction that writes the rows of the nodes.
 */
export interface FolderDocuments {
  /**
   * Runs `work` in a transaction that holds the named folders, each as all updates that are committed
   * have left it. What it edits is logged in that transaction, and sent to the people who have the
   * folders open after the commit. It runs again from its start when it loses against another, so it
   * must change nothing but the database and the folders. `actorId` is the author of the updates.
   *
   * Throws `not_found` for an id that has no folder document, and what `work` throws; nothing is written
   * then.
   */
  change(
    folderIds: readonly NodeId[],
    actorId: UserId | null,
    work: (folders: FolderSession) => Promise<void>,
    options?: HoldOptions,
  ): Promise<void>
}

export interface HoldOptions {
  /**
   * Whether the folders themselves stay as they are too, until the commit: where they lie, and whether they live. Not
   * for who waits for anything but the rows of nodes before it locks these.
   */
  readonly keepsNodes?: boolean
}

/** The folders that one transaction holds. Ends with it. */
export interface FolderSession {
  readonly tx: Transaction<Schema>
  holds(folderId: NodeId): boolean
  /** The nodes of the folders, as they were when they were held, if they stay so (`keepsNodes`). */
  readonly nodes: readonly Selectable<NodesTable>[]
  /** Throws `RangeError` for a folder that the session does not hold; so do the other calls. */
  view(folderId: NodeId): FolderView
  /** The children whose name has this key (`nameKey` of `@cloudsync/crdt`). */
  holdersOf(folderId: NodeId, key: string): Iterable<string>
  edit(folderId: NodeId, edits: readonly FolderEdit[]): void
  /** Makes the document of a new folder, whose node was inserted; the session holds it from then on. */
  create(folderId: NodeId): Promise<void>
  /**
   * Logs what was edited, after which nothing can be; without it, that happens behind `work`. For who has a last
   * statement to make, with which the transaction is committed.
   */
  append(): Promise<void>
  /** Does something when all is written. Must not throw. */
  afterCommit(action: () => void): void
}

/** What the tree makes of an update that a client sent into a folder document. */
export interface FolderProjector {
  /** The edits that undo what the update may not do, and mend what it broke. */
  judge(update: ClientFolderUpdate): Promise<readonly FolderEdit[]>
  /** Writes what has changed, repairs included, into the rows of the nodes. */
  project(update: Omit<ClientFolderUpdate, 'delta'>, changes: readonly ChildChange[]): Promise<void>
}

export interface ClientFolderUpdate {
  readonly session: FolderSession
  readonly folderId: NodeId
  readonly actorId: UserId
  /** As the update has left it. */
  readonly folder: FolderReplica
  readonly delta: FolderDelta
}
