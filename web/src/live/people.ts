import type { PresenceUser } from '@cloudsync/protocol'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'

/** Somebody else's place in a text, as it stands now. */
export interface RemoteCursor {
  /** Of the Yjs client: a person with two tabs has two. */
  readonly clientId: number
  readonly user: PresenceUser
  readonly anchor: number
  readonly head: number
}

/** A person who has the document open. */
export interface PersonHere {
  readonly user: PresenceUser
  /** Where to find them, when they have put a cursor into the text. */
  readonly cursor: RemoteCursor | undefined
}

/** Cursors of all others. What a client sent that is malformed, or of another document, is left out. */
export function readCursors(awareness: Awareness, text: Y.Text): RemoteCursor[] {
  const cursors: RemoteCursor[] = []
  for (const [clientId, state] of awareness.getStates()) {
    if (clientId === awareness.clientID) continue
    const user = readUser(state['user'])
    const cursor = readCursor(state['cursor'], text)
    if (user && cursor) cursors.push({ clientId, user, ...cursor })
  }
  return cursors
}

/** Everybody else who is here, each once, by name, with where they are in the text. */
export function readPeople(awareness: Awareness, text: Y.Text, ownId: string): PersonHere[] {
  const cursors = new Map(readCursors(awareness, text).map((cursor) => [cursor.user.id, cursor]))
  return readOthers(awareness, ownId).map((user) => ({ user, cursor: cursors.get(user.id) }))
}

/** Everybody else who has a document open, each once, by name. */
export function readOthers(awareness: Awareness, ownId: string): PresenceUser[] {
  const people = new Map<string, PresenceUser>()
  for (const [clientId, state] of awareness.getStates()) {
    const user = readUser(state['user'])
    if (clientId === awareness.clientID || !user || user.id === ownId) continue
    people.set(user.id, user)
  }
  return [...people.values()].toSorted((a, b) => a.name.localeCompare(b.name))
}

function readUser(value: unknown): PresenceUser | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, name, color, kind } = value as Partial<Record<keyof PresenceUser, unknown>>
  if (typeof id !== 'string' || typeof name !== 'string' || typeof color !== 'string') {
    return undefined
  }
  return { id, name, color, kind: kind === 'guest' ? 'guest' : 'member' }
}

function readCursor(value: unknown, text: Y.Text): { anchor: number; head: number } | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { anchor, head } = value as { anchor?: unknown; head?: unknown }
  const from = toIndex(anchor, text)
  const to = toIndex(head, text)
  return from === undefined || to === undefined ? undefined : { anchor: from, head: to }
}

function toIndex(json: unknown, text: Y.Text): number | undefined {
  if (typeof json !== 'object' || json === null || !text.doc) return undefined
  try {
    const position = Y.createRelativePositionFromJSON(json)
    const absolute = Y.createAbsolutePositionFromRelativePosition(position, text.doc)
    return absolute?.type === text ? absolute.index : undefined
  } catch {
    return undefined
  }
}
