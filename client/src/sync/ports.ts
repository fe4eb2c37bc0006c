import type { NodeId } from '@cloudsync/protocol'
import type { ContentName, EntryKind, Fingerprint, RemoteEntry } from './model/entry.ts'

/**
 * What the engine asks of the world. Each has an adapter for the real one (`disk/`, `remote/`, `store/`), and one in
 * `simulation/` that breaks off, fails and lies wherever a seed says so. Nothing else in the engine may wait.
 */
export interface World {
  readonly disk: Disk
  readonly remote: Remote
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** A fresh UUIDv7. */
  readonly createId: () => NodeId
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after so many milliseconds, or when `signal` is aborted. */
  delay(ms: number, signal?: AbortSignal): Promise<void>
}

/** One name in a folder of the disk, as it was found there. `path` is relative to the linked folder, split at `/`. */
export interface DiskItem {
  readonly name: string
  readonly kind: EntryKind | 'other'
  readonly fingerprint: Fingerprint
  /** Of a symbolic link, as it lies there. */
  readonly target?: string
  /** Why it is not synced; with `other` only. */
  readonly reason?: OtherReason
}

/**
 * `symlink`: a symbolic link whose target is no text. `folder-link`: one that leads out of the linked folder, where a
 * folder was that may only have been moved there. `mount`: a folder of another file system, or one that is already
 * elsewhere below the linked folder.
 */
export type OtherReason =
  | 'symlink'
  | 'folder-link'
  | 'fifo'
  | 'socket'
  | 'device'
  | 'ill-formed-name'
  | 'mount'

/** A place below the linked folder: the names on the way, none for the linked folder itself. */
export type DiskPath = readonly string[]

/** `changed`: what lies there is not what the caller said, and nothing was done. */
export type DiskOutcome<T = Fingerprint> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'changed' }

/** `isChangedSince`: somebody has put something else there since, or has taken it away. */
export type PlaceOutcome = DiskOutcome & { readonly isChangedSince?: boolean }

/**
 * The linked folder. Methods throw `DiskError` with a stable `code` where the system refuses. All that writes is
 * durable (synced, renamed, and the folder synced) when it resolves, and is all there or not at all.
 */
export interface Disk {
  /** `missing`: unmounted, removed, or another folder than the one that was linked. Then nothing may be concluded. */
  check(): Promise<'present' | 'missing'>
  /** Throws where the folder cannot be read as a whole: what is in it is unknown then, not gone. */
  list(folder: DiskPath): Promise<readonly DiskItem[]>
  look(path: DiskPath): Promise<DiskItem | undefined>
  /** SHA-256 of a file that did not change while it was read, with what it was; `changed` where it did. */
  hash(path: DiskPath): Promise<DiskOutcome<{ sha256: ContentName; fingerprint: Fingerprint }>>
  /** The bytes of a file that is still the one of `expected`. */
  read(path: DiskPath, expected: Fingerprint): AsyncIterable<Uint8Array>
  makeFolder(path: DiskPath): Promise<DiskOutcome>
  /**
   * Replaces the file of `expected`, or makes a new one where that is `null`. No change that comes after leaves the
   * fingerprint that is returned, not even one within the granularity of the disk's times. `staged` is waited for when
   * all of it is written and before it comes into its place, with what it is going to be: the same node, with the same
   * bytes and times but for that of its last change. `isChangedSince`: somebody has saved there since it was written, and
   * may or may not have seen that. What is replaced keeps its mode, and `isExecutable` is that of a new file.
   */
  write(
    path: DiskPath,
    content: AsyncIterable<Uint8Array>,
    expected: Fingerprint | null,
    staged?: (fingerprint: Fingerprint) => Promise<void>,
    isExecutable?: boolean,
  ): Promise<PlaceOutcome>
  /** As `write`, of a symbolic link: a new one, or one that takes the place of a symbolic link. */
  writeLink(
    path: DiskPath,
    target: string,
    expected: Fingerprint | null,
    staged?: (fingerprint: Fingerprint) => Promise<void>,
  ): Promise<PlaceOutcome>
  /** Of a file, whose content stays as it is. `changed` where the file system does not keep it. */
  setExecutable(path: DiskPath, expected: Fingerprint, isExecutable: boolean): Promise<DiskOutcome>
  /** Never over anything that is there. */
  move(from: DiskPath, to: DiskPath, expected: Fingerprint): Promise<PlaceOutcome>
  /**
   * A file or a link into `.cloudsync/trash`; a folder goes when there is nothing in it (`changed` where there is) but
   * what has one of the names of `alongside`, which goes into the trash.
   */
  trash(
    path: DiskPath,
    expected: Fingerprint,
    alongside?: ReadonlySet<string>,
  ): Promise<DiskOutcome<void>>
  /** Yields whenever something may have changed, with where, if that is known. A hint, and no more. */
  watch(signal: AbortSignal): AsyncIterable<DiskPath | undefined>
}

/** One entry of the change feed, or of a snapshot. */
export type RemoteChange =
  | { readonly kind: 'entry'; readonly entry: RemoteEntry; readonly isTrashed: boolean }
  | { readonly kind: 'gone'; readonly id: NodeId; readonly seq: number }

export interface RemotePage {
  readonly changes: readonly RemoteChange[]
  readonly cursor: string
  /** Of a snapshot: what has a lower number, or this one, and is not in it, is not there. */
  readonly seq?: number
  /** Of a snapshot: whether the caller may make something in the linked folder. */
  readonly canEditRoot?: boolean
  readonly hasMore: boolean
}

/** `refused` carries the server's stable code; `stale`: what the caller said is there is no longer so. */
export type RemoteOutcome<T = { entry: RemoteEntry }> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'stale' }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }

export interface RemoteFile {
  readonly id: NodeId
  /** Begins anew each time that it is iterated: what is new of a file is looked for before it is sent. */
  readonly content: AsyncIterable<Uint8Array>
  /** All of it, as `sha256` says, where it was read before. */
  readonly bytes?: Uint8Array
  readonly sha256: ContentName
  readonly sizeBytes: number
  /** Of something new: a symbolic link, whose content is its target; or a file, and whether it is executable, if that is known. */
  readonly isLink?: boolean
  readonly isExecutable?: boolean
}

/** Of a file that was sent: what it is by now, and how the server called a text that it made of what was sent. */
export interface RemoteSent {
  readonly entry: RemoteEntry
  /** Not given where nobody can tell: others may have typed since. */
  readonly made?: ContentName | undefined
}

/** What was typed into a text here, and what of it the server has told before: Yjs state vector and update. */
export interface TextExchange {
  readonly id: NodeId
  /** As the server named the text when it last answered; `undefined` for a copy that holds nothing. */
  readonly content?: ContentName | undefined
  readonly stateVector: Uint8Array
  /** What the server may lack; empty when there is nothing. */
  readonly update: Uint8Array
  /** That writes nearly all of it anew, so that what was there is to be kept as a version. */
  readonly keepsVersion?: boolean | undefined
}

export interface TextAnswer {
  /** What the caller lacks, with all that it sent merged in. */
  readonly update: Uint8Array
  readonly content: ContentName
}

/**
 * The linked folder on the server. Methods throw `RemoteError` when the server cannot be reached or asks for patience;
 * then nobody knows whether it was done, and the same call may be made again: each is idempotent by `operationId`, or by
 * what it brings.
 */
export interface Remote {
  /** After `cursor`; waits up to `waitMs` for something to come. `expired`: take a snapshot. */
  changes(cursor: string, waitMs: number, signal?: AbortSignal): Promise<RemotePage | 'expired'>
  /** All there is, parents first, and the cursor from which changes go on. */
  snapshot(): AsyncIterable<RemotePage>
  createFolder(at: RemotePlace, operationId: string): Promise<RemoteOutcome>
  /** Several small files in one request, a large one in parts that go on where they broke off; one outcome each. */
  upload(
    files: readonly (RemoteFile & RemotePlace)[],
    operationId: string,
  ): Promise<readonly RemoteOutcome<RemoteSent>[]>
  /** Done already where the server has these bytes. */
  replace(file: RemoteFile, base: ContentName): Promise<RemoteOutcome<RemoteSent>>
  move(place: RemotePlace, seen: SeenPlace, operationId: string): Promise<RemoteOutcome>
  setExecutable(id: NodeId, isExecutable: boolean, operationId: string): Promise<RemoteOutcome>
  /** Out of the trash, into its folder or the nearest one above that lives; it may get another name there. */
  restore(id: NodeId, operationId: string): Promise<RemoteOutcome>
  /** Each is `stale` where it has another `seq`, or holds something that is not in `below`, or that has another `seq`. */
  trash(items: readonly TrashItem[], operationId: string): Promise<TrashOutcome>
  download(
    id: NodeId,
    content: ContentName,
    /** A local file that has some of the bytes. */
    base?: { readonly path: DiskPath; readonly sha256: ContentName },
  ): Promise<RemoteOutcome<{ content: AsyncIterable<Uint8Array>; sha256: ContentName }>>
  exchangeTexts(texts: readonly TextExchange[]): Promise<readonly RemoteOutcome<TextAnswer>[]>
}

export interface RemotePlace {
  readonly id: NodeId
  readonly parentId: NodeId
  readonly name: string
}

export interface SeenPlace {
  readonly parentId: NodeId
  readonly name: string
}

export interface TrashItem {
  readonly id: NodeId
  readonly seq: number
  readonly below: readonly { readonly id: NodeId; readonly seq: number }[]
}

export interface TrashOutcome {
  readonly results: readonly RemoteOutcome<void>[]
  /** By which the whole is undone. */
  readonly batchId: string | undefined
}
