import {
  applyTextChanges,
  breaksStructure,
  decodeText,
  diffLines,
  encodeText,
  mergeText,
  type MergedText,
  openTextLimits,
  textRootName,
  type DecodedText,
  type LineRange,
  type TextFormat,
  type TextChange,
} from '@cloudsync/crdt'
import type { ContentName } from '../model/entry.ts'
import type { TextRecord } from '../store/records.ts'
import { findEdit } from '../texts/ingest-text.ts'
import { formatOfBytes, nextFormat } from '../texts/line-ends.ts'
import { formatOfContent, isSameFormat } from '../texts/shared-format.ts'
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
import { alignToWords } from '../texts/word-changes.ts'

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

export interface StartInput {
  readonly fileName: string
  /** What both sides once had, if that is known. */
  readonly base: Uint8Array | undefined
  readonly disk: Uint8Array
  readonly answer: StartAnswer
  readonly clientId: number
}

export type Begun =
  | {
      readonly kind: 'begun'
      readonly memory: KnownText
      /** Lines of both sides together that both have changed since `base`. */
      readonly overlaps: readonly LineRange[]
    }
  /** Each side can be read by programs, both together cannot: a person decides (`holdText`), and `base` stays. */
  | { readonly kind: 'breaks' }
  | { readonly kind: 'no-text' }

/**
 * Begins with the history of a text, which the server has just told. What was typed into the file since `base` is
 * brought into it; without a base, what both have in common counts as that, so that nothing is lost and nothing is
 * there twice.
 */
export function beginText({ fileName, base, disk, answer, clientId }: StartInput): Begun {
  const decoded = decodeText(disk, openTextLimits)
  if (decoded.kind !== 'text') return { kind: 'no-text' }
  const diskSha256 = sha256Of(disk)
  const knownBase = base && plainText(base)
  const { format, incoming } = readDisk(decoded, base, answer.content)
  const started = startText({ ...answer, format, diskSha256 })
  const current = readWhole(started)
  const baseText = knownBase ?? commonText(current, incoming)
  const { changes, overlaps } = findChanges({ base: baseText, current, incoming })
  if (started.incoming === undefined)
    return { kind: 'begun', memory: { kind: 'state', state: started }, overlaps: [] }
  const state = { ...started, ...pendingOf(started, changes, clientId), incoming: joined() }
  if (breaksStructure({ fileName, current, incoming, merged: readWhole(state) }))
    return { kind: 'breaks' }
  const memory = { kind: 'starting', shown: disk, state } as const
  return { kind: 'begun', memory, overlaps: knownBase === undefined ? [] : overlaps }
}

/**
 * What the file says, written out as the server does, unless somebody has changed that here since both sides had `base`.
 * Where the line ends are CR LF all over, they are none of its text, also where a program has written some with LF.
 */
function readDisk(
  decoded: DecodedText,
  base: Uint8Array | undefined,
  content: ContentName,
): { readonly format: TextFormat; readonly incoming: string } {
  const former = base && formatOfBytes(base)
  const own = former ? nextFormat(former, decoded) : decoded.format
  const format = former && !isSameFormat(former, own) ? own : formatOfContent(content)
  const isPaired = own.lineEnding === 'crlf' || format.lineEnding === 'crlf'
  const incoming = isPaired ? decoded.text.replaceAll('\r\n', '\n') : decoded.text
  return { format, incoming }
}

/** Both sides of a text that could not begin, for the person who decides; `undefined` where the file is no text. */
export function holdText({
  disk,
  answer,
  clientId,
}: Omit<StartInput, 'fileName' | 'base'>): TextState | undefined {
  const format = formatOfBytes(disk)
  const mine = plainText(disk)
  if (!format || mine === undefined) return undefined
  const started = startText({ ...answer, format, diskSha256: sha256Of(disk) })
  const known = { ...started, incoming: undefined }
  const { changes } = findEdit(readWhole(known), mine)
  return { ...known, ...pendingOf(known, changes, clientId), isHeld: true }
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
    const { changes } = findEdit(target, text)
    const pending = pendingOf(state, changes, clientId)
    return { kind: 'state', state: { ...shownAll({ ...state, ...pending }), diskSha256 } }
  }
  const { changes } = findChanges({ base: shownText, current: target, incoming: text })
  const next = { ...state, ...pendingOf(state, changes, clientId), diskSha256 }
  return { kind: 'starting', shown: disk, state: next }
}

/** What brings `incoming`, that somebody made of `base`, into `current`. */
function findChanges(sides: {
  readonly base: string
  readonly current: string
  readonly incoming: string
}): Pick<MergedText, 'changes' | 'overlaps'> {
  const { base, current, incoming } = sides
  if (base === current) return { changes: findEdit(current, incoming).changes, overlaps: [] }
  const { changes, overlaps } = mergeText(sides)
  return { changes: alignToWords(current, changes), overlaps }
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
