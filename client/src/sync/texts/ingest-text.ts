import {
  applyTextChanges,
  decodeText,
  diffText,
  openTextLimits,
  readText,
  textRootName,
  type BlobReason,
  type DecodedText,
  type TextChange,
} from '@cloudsync/crdt'
import { alignToWords } from './word-changes.ts'
import { changesFromDisk, nextFormat } from './line-ends.ts'
import { isSameFormat } from './shared-format.ts'
import { copyText, openDocument, sha256Of, written, type TextState } from './text-state.ts'

export interface IngestOptions {
  /** A fresh one of 53 bits for each call: structs of two texts under one id would be taken for the same. */
  readonly clientId: number
  /**
   * Whether what `nextWrite` said may have been written without anybody being told: the first time after a start,
   * before anything more is absorbed.
   */
  readonly mayBeWritten: boolean
}

export type Ingested =
  /** The file says what is known of it; what was to be written may have been written, which the state then knows. */
  | { readonly kind: 'unchanged'; readonly state: TextState }
  | {
      readonly kind: 'changed'
      /** To be stored before anything of it is sent. */
      readonly state: TextState
    }
  /** These bytes are no text any more: the file replaces the text as a whole. */
  | { readonly kind: 'crosses-to-blob'; readonly reason: BlobReason }

/** Above it what two texts have in common is chance, and mixing them would tear both apart. */
const rewrittenShare = 0.7

/** Takes in what a program has made of the file. Bounded in time like `diffText`. */
export function ingestText(
  state: TextState,
  disk: Uint8Array,
  { clientId, mayBeWritten }: IngestOptions,
): Ingested {
  const sha256 = sha256Of(disk)
  if (sha256 === state.diskSha256) return { kind: 'unchanged', state }
  const decoded = decodeText(disk, openTextLimits)
  if (decoded.kind === 'blob') return { kind: 'crosses-to-blob', reason: decoded.reason }
  const base = mayBeWritten ? baseOf(state, decoded) : state
  return ingestDecoded(base, decoded, { sha256, clientId })
}

/**
 * Where an `incoming` was stored, and nobody knows whether it was written before the file was edited: it was when most
 * of the words that it brought are in the file, or when it brought none and the file is nearer to it.
 */
function baseOf(state: TextState, disk: DecodedText): TextState {
  if (!state.incoming || state.isHeld) return state
  const merged = { ...written(state, ''), diskSha256: state.diskSha256 }
  const [before, after] = [copyText(state), copyText(merged)]
  const brought = wordsBeyond(after, before)
  if (brought.length > 0) {
    const missing = wordsBeyond(brought.join(' '), wordsBeyond(disk.text, before).join(' '))
    return missing.length * 2 < brought.length ? merged : state
  }
  const format = nextFormat(state.format, disk)
  const distance = (text: string) => lengthOf(changesFromDisk(text, disk.text, format))
  return distance(after) < distance(before) ? merged : state
}

/** The words of a text that another does not have, or not so often. */
function wordsBeyond(text: string, other: string): string[] {
  const left = new Map<string, number>()
  for (const word of wordsOf(other)) left.set(word, (left.get(word) ?? 0) + 1)
  return wordsOf(text).filter((word) => {
    const count = left.get(word) ?? 0
    left.set(word, count - 1)
    return count <= 0
  })
}

const wordsOf = (text: string): readonly string[] => text.match(/[^\s]+/g) ?? []

function ingestDecoded(
  state: TextState,
  disk: DecodedText,
  { sha256, clientId }: { sha256: string; clientId: number },
): Ingested {
  const formerFormat = state.format
  const format = nextFormat(formerFormat, disk)
  const isFormatChanged = !isSameFormat(format, formerFormat)
  const doc = openDocument([state.known, ...state.pending], clientId)
  const text = readText(doc)
  let isRewrite = false
  const changes = changesFromDisk(text, disk.text, format, (before, after) => {
    const found = findEdit(before, after)
    isRewrite = found.isRewrite
    return found.changes
  })
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  doc.transact(() => applyTextChanges(doc.getText(textRootName), changes))
  doc.destroy()
  const pending = [...state.pending, ...updates]
  const rewrite = isRewrite ? { isRewrite } : {}
  const next = { ...state, format, diskSha256: sha256, pending, ...rewrite }
  if (updates.length === 0 && !isFormatChanged) return { kind: 'unchanged', state: next }
  return { kind: 'changed', state: next }
}

/** What somebody did to a text: no word of it is torn by what others do meanwhile. */
export function findEdit(
  before: string,
  after: string,
): { readonly changes: readonly TextChange[]; readonly isRewrite: boolean } {
  const found = alignToWords(before, diffText(before, after))
  const isRewrite = isMostlyNew(before, after, found)
  return { changes: isRewrite ? [wholeChange(before, after)] : found, isRewrite }
}

/** Whether too little is left of a text to be called a change of it. */
export function isRewritten(before: string, after: string): boolean {
  return after === '' || findEdit(before, after).isRewrite
}

function isMostlyNew(before: string, after: string, changes: readonly TextChange[]): boolean {
  const kept = before.length - changes.reduce((sum, { from, to }) => sum + to - from, 0)
  const most = 1 - rewrittenShare
  return after !== '' && kept < most * before.length && kept < most * after.length
}

function lengthOf(changes: readonly TextChange[]): number {
  return changes.reduce((sum, { from, to, insert }) => sum + to - from + insert.length, 0)
}

function wholeChange(before: string, after: string): TextChange {
  return { from: 0, to: before.length, insert: after }
}
