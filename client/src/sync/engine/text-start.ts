import {
  applyTextChanges,
  decodeText,
  diffLines,
  diffText,
  encodeText,
  mergeText,
  openTextLimits,
  textRootName,
  type TextChange,
} from '@cloudsync/crdt'
import type { ContentName } from '../model/entry.ts'
import type { TextRecord } from '../store/records.ts'
import { formatOfBytes } from '../texts/line-ends.ts'
import { decodeTextState, encodeTextState } from '../texts/text-record.ts'
import {
  copyText,
  joined,
  openDocument,
  sha256Of,
  startText,
  textOf,
  type TextState,
} from '../texts/text-state.ts'

/**
 * What is remembered of a text, by how far its two sides have come together:
 *
 *     base      the bytes that both sides once had; nothing is known of its history
 *     starting  its history is known, and the file does not show yet what both sides together say: it shows `shown`
 *     state     as the text part keeps it
 */
export type TextMemory =
  | { readonly kind: 'base'; readonly bytes: Uint8Array }
  | { readonly kind: 'starting'; readonly shown: Uint8Array; readonly state: TextState }
  | { readonly kind: 'state'; readonly state: TextState }

/** What a step goes on from. */
export type KnownText = Exclude<TextMemory, { kind: 'base' }>

interface StartingAbout {
  readonly shownBytes: number
  readonly about: string
}

export function decodeMemory(record: TextRecord | undefined): TextMemory | undefined {
  if (!record) return undefined
  const about: unknown = JSON.parse(record.about)
  if (typeof about === 'object' && about !== null && 'base' in about)
    return { kind: 'base', bytes: record.state }
  if (typeof about === 'object' && about !== null && 'shownBytes' in about) {
    const { shownBytes, about: inner } = about as StartingAbout
    const state = decodeTextState({ about: inner, state: record.state.subarray(shownBytes) })
    return { kind: 'starting', shown: record.state.subarray(0, shownBytes), state }
  }
  return { kind: 'state', state: decodeTextState(record) }
}

export function encodeMemory(memory: KnownText): TextRecord {
  const { about, state } = encodeTextState(memory.state)
  if (memory.kind === 'state') return { about, state }
  const starting: StartingAbout = { shownBytes: memory.shown.length, about }
  return { about: JSON.stringify(starting), state: Buffer.concat([memory.shown, state]) }
}

/** What the file said when it was last read for its text. */
export function lastText(memory: TextMemory): string | undefined {
  if (memory.kind === 'state') return copyText(memory.state)
  return plainText(memory.kind === 'base' ? memory.bytes : memory.shown)
}

export interface StartAnswer {
  /** The whole of the server's text. */
  readonly update: Uint8Array
  readonly content: ContentName
}

/**
 * Begins with the history of a text, which the server has just told. What was typed into the file since `base` is
 * brought into it; without a base, what both have in common counts as that, so that nothing is lost and nothing is
 * there twice. `undefined` where the bytes of the disk are no text.
 */
export function beginText(
  base: Uint8Array | undefined,
  disk: Uint8Array,
  answer: StartAnswer,
  clientId: number,
): KnownText | undefined {
  const format = formatOfBytes(disk)
  const incoming = plainText(disk)
  if (!format || incoming === undefined) return undefined
  const diskSha256 = sha256Of(disk)
  const started = startText({ ...answer, format, diskSha256 })
  const current = readWhole(started)
  const baseText = (base && plainText(base)) ?? commonText(current, incoming)
  const { changes } = mergeText({ base: baseText, current, incoming })
  if (started.incoming === undefined) return { kind: 'state', state: started }
  const state = { ...started, ...pendingOf(started, changes, clientId), incoming: joined() }
  return { kind: 'starting', shown: disk, state }
}

/** The file was changed before it showed what both sides together say. */
export function goOnStarting(
  memory: Extract<TextMemory, { kind: 'starting' }>,
  disk: Uint8Array,
  clientId: number,
): KnownText | undefined {
  const { shown, state } = memory
  const diskSha256 = sha256Of(disk)
  if (diskSha256 === sha256Of(shown)) return memory
  const target = readWhole(state)
  const isWritten = diskSha256 === sha256Of(encodeText(target, state.format))
  if (isWritten) return { kind: 'state', state: { ...shownAll(state), diskSha256 } }
  const text = plainText(disk)
  const shownText = plainText(shown)
  if (text === undefined || shownText === undefined) return undefined
  if (wasWritten(target, shownText, text)) {
    const changes = diffText(target, text)
    const pending = pendingOf(state, changes, clientId)
    return { kind: 'state', state: { ...shownAll({ ...state, ...pending }), diskSha256 } }
  }
  const { changes } = mergeText({ base: shownText, current: target, incoming: text })
  const next = { ...state, ...pendingOf(state, changes, clientId), diskSha256 }
  return { kind: 'starting', shown: disk, state: next }
}

/** The bytes of the file as they were when both sides last agreed, for a text that begins anew on the server. */
export function baseOfState(state: TextState): Uint8Array {
  return encodeText(textOf(state.known), state.format)
}

function shownAll(state: TextState): TextState {
  return { ...state, known: joined(state.known, state.incoming), incoming: undefined }
}

function readWhole({ known, pending, incoming }: TextState): string {
  return textOf(known, ...pending, incoming)
}

function pendingOf(
  state: TextState,
  changes: readonly TextChange[],
  clientId: number,
): Pick<TextState, 'pending'> {
  const { known, pending, incoming } = state
  const updates: Uint8Array[] = []
  const doc = openDocument([known, ...pending, incoming], clientId)
  doc.on('update', (update: Uint8Array) => updates.push(update))
  doc.transact(() => applyTextChanges(doc.getText(textRootName), changes))
  doc.destroy()
  return { pending: [...pending, ...updates] }
}

/**
 * The lines that both have, in their order. Not less than a line: in two texts that have nothing to do with each other,
 * letters would be found alike.
 */
function commonText(one: string, other: string): string {
  const diff = diffLines(one, other)
  if (diff.added + diff.removed === 0) return one
  const lines = one.split('\n')
  const removed = new Set<number>()
  for (const { lines: hunk } of diff.hunks)
    for (const { kind, oldLine } of hunk)
      if (kind === 'removed' && oldLine !== null) removed.add(oldLine - 1)
  return lines.filter((_, index) => !removed.has(index)).join('\n')
}

function plainText(bytes: Uint8Array): string | undefined {
  const decoded = decodeText(bytes, openTextLimits)
  if (decoded.kind !== 'text') return undefined
  return decoded.text
}

/** Whether most of the lines that writing brought are in the file; without any, nothing tells it. */
function wasWritten(target: string, shown: string, disk: string): boolean {
  const shownLines = new Set(shown.split('\n'))
  const diskLines = new Set(disk.split('\n'))
  const brought = target.split('\n').filter((line) => !shownLines.has(line))
  const missing = brought.filter((line) => !diskLines.has(line))
  return missing.length * 2 < brought.length
}
