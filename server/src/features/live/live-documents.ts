import type { TextChange } from '@cloudsync/crdt'
import type { CloseCodeName, NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { SpaceUsage } from '#features/spaces/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { Caller } from '#platform/http/caller.ts'

/** A place in a document's update log; `epoch.seq` is the ETag of live text. */
export interface LogPosition {
  readonly epoch: number
  readonly seq: number
}

export interface TextAt {
  readonly text: string
  readonly position: LogPosition
}

/** The first state of a text. */
export interface NewText {
  readonly nodeId: NodeId
  readonly text: string
}

/** A text at the end of its epoch. */
export interface SealedText extends TextAt {
  /** By how much its history has grown; the caller counts it for the space. */
  readonly historyBytes: number
}

/** What somebody has of a text, and what of it the server may lack. */
export interface TextToExchange {
  readonly nodeId: NodeId
  /** Of the text that it is of; what was sealed since takes nothing. Unset: unknown. */
  readonly epoch?: number | undefined
  readonly stateVector: Uint8Array
  /** Yjs V1; may be empty. */
  readonly update: Uint8Array
}

/** What they lack of it; with it they have the text as it is at `position`. */
export interface ExchangedText {
  readonly update: Uint8Array
  readonly position: LogPosition
}

/** Committed updates of one document: what a feature hears that follows the text. */
export interface TextCommitted {
  readonly nodeId: NodeId
  readonly authorId: UserId | null
  readonly position: LogPosition
}

/** What was in memory of a text when an edit of it met the end of its epoch; nobody was told it is saved. */
export interface LateEdit {
  readonly nodeId: NodeId
  readonly authorId: UserId | null
  readonly text: string
}

/**
 * The one door to live text for the rest of the server. Every call may be made concurrently; each
 * may throw a retryable `unavailable` problem when the log cannot be written, in which case nothing
 * of it was done or its outcome is visible on the next read.
 */
export interface LiveDocuments {
  /**
   * Writes the first states of text documents in the transaction that makes their nodes, so that there
   * is never a text node without its document. Call it once per node.
   */
  createTexts(
    tx: Transaction<Schema>,
    texts: readonly NewText[],
    authorId: UserId | null,
  ): Promise<void>

  /**
   * Ends a text, in the transaction in which its node becomes a blob: from the commit on no edit of it
   * is taken any more. Gives the text as it stands at its end. The caller has locked the node, keeps the
   * text, and calls `dismissSealed` after the commit.
   */
  sealText(tx: Transaction<Schema>, nodeId: NodeId): Promise<SealedText>

  /**
   * Begins the text of a blob that is to be one, in the transaction in which its node becomes a text;
   * what was sealed before stays history. Gives where the log stands.
   */
  reviveText(tx: Transaction<Schema>, nodeId: NodeId, text: string): Promise<LogPosition>

  /**
   * Resolves when all that was received for a document is durable, and lets what arrives from then on
   * wait until it is disposed of. Keep it for milliseconds: people type meanwhile.
   */
  holdText(nodeId: NodeId): Promise<Disposable>

  /** Sends everyone away from a text whose sealing is committed. */
  dismissSealed(nodeId: NodeId): Promise<void>

  /** Calls `listener` for edits that came too late for a text that was sealed. It must not throw. */
  onLateEdit(listener: (late: LateEdit) => void): void

  /** The current text, with everything in it durable at `position`. */
  readText(nodeId: NodeId): Promise<TextAt>

  /** The text as it stood at `position`, or `undefined` when history does not reach there. */
  findTextAt(nodeId: NodeId, position: LogPosition): Promise<string | undefined>

  /**
   * Changes the text as one edit by `authorId`. `edit` sees the current text and gives the changes
   * against it (UTF-16 offsets, sorted, not overlapping); it runs synchronously and exactly once.
   * Resolves when the change is durable; people who have the document open see it at once. `TextAt`
   * is the text right after the edit.
   */
  editText(
    nodeId: NodeId,
    authorId: UserId,
    edit: (current: TextAt) => readonly TextChange[],
  ): Promise<TextAt>

  /** Brings a text and somebody's copy of it together, as far as they may. Throws as `TextExchange.exchange`. */
  exchangeText(caller: Caller, item: TextToExchange): Promise<ExchangedText>

  /** Hears what a space holds since an edit in it was touched: whether its texts take more. */
  noteUsage(spaceId: SpaceId, usage: SpaceUsage): void

  /** Users who wrote log rows after `seq`, in the order of their first row. */
  listAuthorsSince(nodeId: NodeId, seq: number): Promise<UserId[]>

  /** Closes all connections to a document with a code, after what was received is durable. */
  closeDocument(nodeId: NodeId, code: CloseCodeName): Promise<void>

  /** Looks anew at what everybody has open, after folders went to the trash. Never rejects. */
  reviewAccess(): Promise<void>

  /** Calls `listener` after each commit, once per document in it. A listener must not throw. */
  onCommitted(listener: (change: TextCommitted) => void): void
}
