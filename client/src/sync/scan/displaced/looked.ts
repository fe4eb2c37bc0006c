import type { NodeId } from '@cloudsync/protocol'
import type { DiskPath } from '../../ports.ts'
import type { KnownNodes } from '../known-nodes.ts'
import type { FileToRead } from '../read-files.ts'
import type { ScanInput } from '../scan.ts'
import type { Walk } from '../walk.ts'

/** What a look found, and what is concluded of displaced texts so far. */
export interface Looked {
  readonly input: ScanInput
  readonly nodes: KnownNodes
  readonly walk: Walk
  /** Adds to it the files of which it is to be told yet; they and what they may be are left as they were known. */
  readonly unsure: Set<FileToRead>
  /** Adds to it ids of files that are nodes known by others. */
  readonly dropped: NodeId[]
  /** Adds to it folders where has to be looked for that. */
  readonly again: DiskPath[]
}

/** `later`: it cannot be told yet, but by one of the next looks. */
export type Told = boolean | 'later'

/** Both sides know it: others may have typed into it, and their words have to come to where it lies now. */
export function isShared({ input }: Pick<Looked, 'input'>, id: NodeId): boolean {
  return input.synced.has(id) || input.sends?.has(id) === true
}

/** Only what is remembered of a live text says what it said. */
export function isText({ input }: Pick<Looked, 'input'>, id: NodeId): boolean {
  return input.textOf?.(id) !== undefined
}
