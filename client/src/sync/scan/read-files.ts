import { openTextLimits } from '@cloudsync/crdt'
import { createHash } from 'node:crypto'
import type { ContentName, Fingerprint } from '../model/entry.ts'
import { DiskError } from '../model/failures.ts'
import { isSameFingerprint, isSameNode } from '../model/fingerprint.ts'
import type { DiskPath } from '../ports.ts'
import { growQueue } from './grow-queue.ts'
import type { NamedEntry } from './known-nodes.ts'
import type { ScanInput } from './scan.ts'
import type { FoundFile, Walk } from './walk.ts'

const readConcurrency = 8
const defaultMaxReadBytes = 1024 ** 3

/** Times so far ahead are those of a clock that was put back, and not of a change just now. */
const maxSkewMs = 60_000

export interface FileToRead {
  readonly file: FoundFile
  node: NamedEntry | undefined
  /** It was never read, so it may still turn out to be a node that is missing elsewhere. */
  isTentative: boolean
  content: ContentName | null
  fingerprint: Fingerprint
}

/** It is no node that was known, unless it is one that is missing elsewhere. */
export function isNew({ node, isTentative }: Pick<FileToRead, 'node' | 'isTentative'>): boolean {
  return !node || isTentative
}

/** What was looked for by its inode is not what was read. */
export function isAnotherSince(entry: FileToRead): boolean {
  return isNew(entry) && !isSameNode(entry.file.item.fingerprint, entry.fingerprint)
}

/** It is being written, or was until just now, and will be read soon. */
export function isUnread(walk: Walk, read: FileToRead): boolean {
  const isFile = read.file.item.kind === 'file' && read.content === null
  return isFile && unreadableCode(walk, read) === undefined
}

/** Why it could not be read, where that failed. */
export function unreadableCode(walk: Walk, { file }: FileToRead): string | undefined {
  return walk.unknown.find(({ path }) => path === file.path)?.code
}

/** No live text is larger. */
export function maySayText({ fingerprint }: FileToRead): boolean {
  return fingerprint.sizeBytes <= openTextLimits.maxBytes
}

/** Fills in what is in the files, small ones first, as far as that can be said by now. */
export async function readFiles(
  input: ScanInput,
  walk: Walk,
  files: readonly FileToRead[],
): Promise<{ again: readonly DiskPath[] }> {
  const again: DiskPath[] = []
  let leftBytes = input.maxReadBytes ?? defaultMaxReadBytes
  const smallFirst = files.toSorted((a, b) => a.fingerprint.sizeBytes - b.fingerprint.sizeBytes)
  await growQueue(smallFirst, readConcurrency, async (entry) => {
    input.signal?.throwIfAborted()
    const { path } = entry.file
    const isFirst = entry === smallFirst[0]
    const isLeft = !isFirst && entry.fingerprint.sizeBytes > leftBytes
    leftBytes -= entry.fingerprint.sizeBytes
    if (isLeft || !(await readFile(input, walk, entry))) again.push(path.slice(0, -1))
  })
  return { again }
}

/** `false`: it is being written, or was until just now. */
async function readFile(input: ScanInput, walk: Walk, entry: FileToRead): Promise<boolean> {
  const { path } = entry.file
  // What came since the look began may be what was still elsewhere when that was listed: by the next look it is told.
  const startedAt = isNew(entry) ? walk.startedAtMs : input.now()
  if (isFresh(input, entry.fingerprint, startedAt)) return false
  const { target } = entry.file.item
  if (target !== undefined) {
    entry.content = createHash('sha256').update(target).digest('hex')
    return true
  }
  try {
    const outcome = await input.disk.hash(path)
    if (outcome.kind === 'changed') return false
    const { sha256, fingerprint } = outcome.value
    // One object of two that say the same: there may be a hundred thousand.
    if (!isSameFingerprint(entry.fingerprint, fingerprint)) entry.fingerprint = fingerprint
    if (isFresh(input, fingerprint, startedAt)) return false
    entry.content = sha256
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    if (error.code === 'ENOENT') return false
    walk.unknown.push({ path, code: error.code })
  }
  return true
}

/** Whether a change that comes now could leave the same times. */
function isFresh({ traits }: ScanInput, { changedNs }: Fingerprint, nowMs: number): boolean {
  const ageMs = nowMs - Number(BigInt(changedNs) / 1_000_000n)
  return ageMs <= traits.timeGranularityMs && ageMs > -maxSkewMs
}
