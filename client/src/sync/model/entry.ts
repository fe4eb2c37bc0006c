import type { NodeId } from '@cloudsync/protocol'

/** A symbolic link has its target for content, and is never followed. */
export type EntryKind = 'folder' | 'file' | 'symlink'

/**
 * How a side names what is in a file; equal names mean equal bytes, and nothing else can be told of them. The server's
 * is the entity tag without its quotes: the SHA-256 of a blob, `epoch.seq` of a live text. The disk's is the SHA-256.
 */
export type ContentName = string

/** A node where one of the three trees has it. The linked folder itself is no entry; it is its children's parent. */
export interface Entry {
  readonly id: NodeId
  readonly parentId: NodeId
  readonly name: string
  readonly kind: EntryKind
}

/** What the server had when it was last asked. */
export interface RemoteEntry extends Entry {
  /** Where it stands in the change feed. */
  readonly seq: number
  /** `null` for a folder. */
  readonly content: ContentName | null
  /** A live text, whose changes are merged; anything else is replaced. */
  readonly isText: boolean
  readonly sizeBytes: number | null
  /** `false`: the caller may look at it, and change nothing. */
  readonly canEdit: boolean
  /** Left out of what is no file, and by a server that knows no modes. */
  readonly isExecutable?: boolean
}

/** What lay on the disk when it was last looked at. */
export interface LocalEntry extends Entry {
  /** `null` for a folder, and for a file that was not read yet. */
  readonly content: ContentName | null
  /** `false`: its bytes are no text, so that they cannot be merged. Left out where nobody looked. */
  readonly isText?: boolean
  /** What it is called on the disk, where that cannot hold its name; `name` is then what the server calls it. */
  readonly diskName?: string
  /** Of which file this was said; another fingerprint means: look again. `null` for a folder that is only listed. */
  readonly fingerprint: Fingerprint | null
}

/** What it is called where it lies. */
export function diskNameOf({ name, diskName }: Pick<LocalEntry, 'name' | 'diskName'>): string {
  return diskName ?? name
}

/** By what a file on the disk is known again without reading it. Numbers of 64 bits as decimal text. */
export interface Fingerprint {
  readonly device: string
  readonly inode: string
  readonly bornNs: string
  readonly sizeBytes: number
  readonly modifiedNs: string
  readonly changedNs: string
  /** Left out of what is no file, and where the file system does not tell. */
  readonly isExecutable?: boolean
}

/** What both sides last agreed on: the base of every three-way decision. */
export interface SyncedEntry extends Entry {
  readonly localContent: ContentName | null
  readonly remoteContent: ContentName | null
  /** As far as they did; a disk that cannot tell agrees with the server. */
  readonly isExecutable?: boolean
}

export type Tree<E extends Entry> = ReadonlyMap<NodeId, E>

export interface Trees {
  readonly remote: Tree<RemoteEntry>
  readonly local: Tree<LocalEntry>
  readonly synced: Tree<SyncedEntry>
}
