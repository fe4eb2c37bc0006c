import {
  applyTextChanges,
  breaksStructure,
  mergeText,
  readText,
  structureOf,
  textRootName,
  type LineRange,
} from '@cloudsync/crdt'
import * as Y from 'yjs'
import type { ContentName } from '../model/entry.ts'
import { findEdit } from './ingest-text.ts'
import { findLineOverlaps } from './line-overlaps.ts'
import { formatAfter, isSameFormat } from './shared-format.ts'
import {
  copyText,
  joined,
  nextWrite,
  openDocument,
  textOf,
  written,
  type TextState,
  type TextWrite,
} from './text-state.ts'

/** What to send of a text, and how much of `pending` is in it. */
export interface OutgoingText {
  readonly stateVector: Uint8Array
  readonly update: Uint8Array
  readonly sentUpdates: number
  readonly keepsVersion: boolean
}

/**
 * What to send next. Of a file that only a program reads, and that both sides may have changed, the server is asked
 * first: what came together there could not be taken apart again. With `isPull` nothing is sent either.
 */
export function outgoingText(state: TextState, isPull = false): OutgoingText {
  const { known, incoming, pending, isHeld } = state
  const sent = isPull || isHeld ? [] : pending
  const doc = openDocument([known, incoming, ...sent])
  const stateVector = Y.encodeStateVector(doc)
  doc.destroy()
  return {
    stateVector,
    update: sent.length === 0 ? new Uint8Array() : Y.mergeUpdates([...sent]),
    sentUpdates: sent.length,
    keepsVersion: sent.length > 0 && state.isRewrite === true,
  }
}

/** Whether the server has to be asked (`isPull`) before anything is sent to it. */
export function asksFirst(fileName: string, { pending }: TextState): boolean {
  return pending.length > 0 && structureOf(fileName) !== undefined
}

export interface AbsorbInput {
  readonly fileName: string
  /** What the server answered. */
  readonly update: Uint8Array
  readonly content: ContentName
  /** Of the `OutgoingText` that it answered: these are on the server now. */
  readonly sentUpdates: number
}

export type Absorbed =
  | {
      readonly kind: 'merged'
      /** To be stored before the file is written; `written` when that is done. */
      readonly state: TextState
      /** `undefined` when the file says it already. */
      readonly write: TextWrite | undefined
      /** Lines of the text, both sides together, that both have changed since they last agreed. */
      readonly overlaps: readonly LineRange[]
      /** As in a conflict, but both sides came together on the server before either knew: its history has both. */
      readonly isUnreadable: boolean
    }
  /**
   * Each side can be read by programs, both together cannot: a person decides. Until then the file stays as it is here,
   * and what was typed into it is not sent.
   */
  | { readonly kind: 'conflict'; readonly state: TextState }

export function absorbText(state: TextState, input: AbsorbInput): Absorbed {
  const { fileName, update, content, sentUpdates } = input
  const sent = state.pending.slice(0, sentUpdates)
  const known = sentUpdates === 0 ? state.known : joined(state.known, ...sent)
  const pending = state.pending.slice(sentUpdates)
  const incoming = state.incoming ? Y.mergeUpdates([state.incoming, update]) : update
  const format = formatAfter(state, content)
  const { isRewrite: wasRewrite, ...before } = state
  const rewrite = wasRewrite && sentUpdates === 0 ? { isRewrite: wasRewrite } : {}
  const taken = { known, pending, incoming, content, format, isHeld: false }
  const next: TextState = { ...before, ...taken, ...rewrite }
  const sides = {
    base: textOf(state.known),
    ours: copyText(state),
    theirs: textOf(known, incoming),
    merged: textOf(known, ...pending, incoming),
  }
  const { ours, merged } = sides
  const theirs = sentUpdates === 0 ? sides.theirs : theirsWithoutSent(state, sent, merged)
  const isUnreadable = breaksStructure({ fileName, current: theirs, incoming: ours, merged })
  if (isUnreadable && sentUpdates === 0)
    return { kind: 'conflict', state: { ...next, isHeld: true } }
  const isShown = ours === merged && isSameFormat(format, state.format)
  const merging = isShown ? shown(next) : next
  const overlaps = state.pending.length > 0 ? findLineOverlaps({ ...sides, theirs }) : []
  return { kind: 'merged', state: merging, write: nextWrite(merging), overlaps, isUnreadable }
}

/**
 * The server's text as it was before it took what was sent with the question. Not what `incoming` alone makes of it:
 * an answer of Yjs tells of every deletion, and so of those that it has just heard of, too.
 */
function theirsWithoutSent(
  { known, incoming }: TextState,
  sent: readonly Uint8Array[],
  merged: string,
): string {
  const before = textOf(known, incoming)
  const asked = textOf(known, incoming, ...sent)
  return asked === merged
    ? before
    : mergeText({ base: asked, current: before, incoming: merged }).text
}

/** What came and changes no byte of the file needs no writing. */
function shown(state: TextState): TextState {
  if (state.diskSha256 === undefined) return state
  return written(state, state.diskSha256)
}

/** A person has decided. `mine`: the whole of what the file says; the server's side stays in its history. */
export function resolveText(
  state: TextState,
  choice: 'mine' | 'theirs',
  clientId: number,
): { readonly state: TextState; readonly write: TextWrite | undefined } {
  const ours = copyText(state)
  const known = joined(state.known, state.incoming)
  if (choice === 'theirs') {
    // Of nothing new, so that the file is written: it still says ours.
    const taken = { ...state, known, pending: [], incoming: joined(), isHeld: false }
    return { state: taken, write: nextWrite(taken) }
  }
  const doc = openDocument([known], clientId)
  const pending: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => pending.push(update))
  doc.transact(() => {
    applyTextChanges(doc.getText(textRootName), findEdit(readText(doc), ours).changes)
  })
  doc.destroy()
  return {
    state: { ...state, known, pending, incoming: undefined, isHeld: false },
    write: undefined,
  }
}
