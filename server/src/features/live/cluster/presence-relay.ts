import { scanAwareness, type AwarenessEntry } from '@cloudsync/crdt'
import {
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness'
import { encodeStates } from '../awareness-states.ts'
import type { ClaimOwner } from '../client-claims.ts'
import type { LiveDocument } from '../live-document.ts'
import type { BusMessage } from './bus-messages.ts'

/** Changes of presence go out together that come so close after one another. */
const gatherMs = 40

/** The origin of presence from another server, which is told to nobody but the people here. */
const foreignOrigin = { source: 'redis' } as const

interface Relayed {
  /** Client ids of the people here. */
  readonly ours: Set<number>
  /** Client ids of people here whose presence the other servers have not been told yet. */
  readonly waiting: Set<number>
  /** Who is connected to which other server. */
  readonly foreign: Map<string, Set<number>>
  timer: NodeJS.Timeout | undefined
  readonly stop: () => void
}

interface AwarenessChange {
  readonly added: number[]
  readonly updated: number[]
  readonly removed: number[]
}

/** Carries cursors and selections between servers: of the people here to others, and of others to here. */
export class PresenceRelay {
  readonly #send: (live: LiveDocument, message: BusMessage) => void
  readonly #relayed = new Map<LiveDocument, Relayed>()

  constructor(send: (live: LiveDocument, message: BusMessage) => void) {
    this.#send = send
  }

  /** Tells the other servers who is here, and asks who is there. */
  introduce(live: LiveDocument): void {
    this.#of(live)
    this.#send(live, { kind: 'who' })
    this.#tellAll(live)
  }

  receive(
    live: LiveDocument,
    sender: string,
    message: Extract<BusMessage, { kind: 'presence' | 'who' }>,
  ): void {
    if (message.kind === 'who') {
      this.#tellAll(live)
      return
    }
    // Whoever has come over to this server is shown as they are here: what their old one says is late.
    const entries = readEntries(message.update).filter(({ clientId }) => !isHere(live, clientId))
    const { foreign } = this.#of(live)
    const theirs = foreign.get(sender) ?? new Set<number>()
    foreign.set(sender, theirs)
    for (const { clientId, state } of entries) {
      if (state === null) theirs.delete(clientId)
      else theirs.add(clientId)
      reserve(live, clientId, state)
    }
    const states = entries.map(({ clientId, clock, state }) => ({
      clientId,
      clock,
      json: state ?? 'null',
    }))
    applyAwarenessUpdate(live.document.awareness, encodeStates(states), foreignOrigin)
  }

  /** A server is there no more, and its people with it. */
  serverGone(serverId: string): void {
    for (const [live, { foreign }] of this.#relayed) {
      const ids = [...(foreign.get(serverId) ?? [])].filter((id) => !isHere(live, id))
      foreign.delete(serverId)
      for (const id of ids) reserve(live, id, null)
      if (ids.length > 0) removeAwarenessStates(live.document.awareness, ids, foreignOrigin)
    }
  }

  forget(live: LiveDocument): void {
    const relayed = this.#relayed.get(live)
    if (!relayed) return
    this.#flush(live, relayed)
    relayed.stop()
    this.#relayed.delete(live)
  }

  #of(live: LiveDocument): Relayed {
    const known = this.#relayed.get(live)
    if (known) return known
    const { awareness } = live.document
    const heard = ({ added, updated, removed }: AwarenessChange, origin: unknown) => {
      if (origin === foreignOrigin) return
      for (const id of [...added, ...updated]) relayed.ours.add(id)
      // Others' states may also end here because nothing was heard of them; that is no news.
      const left = removed.filter((id) => relayed.ours.delete(id))
      for (const id of [...added, ...updated, ...left]) relayed.waiting.add(id)
      if (relayed.waiting.size === 0) return
      relayed.timer ??= setTimeout(() => this.#flush(live, relayed), gatherMs).unref()
    }
    awareness.on('update', heard)
    const relayed: Relayed = {
      ours: new Set(),
      waiting: new Set(),
      foreign: new Map(),
      timer: undefined,
      stop: () => awareness.off('update', heard),
    }
    this.#relayed.set(live, relayed)
    return relayed
  }

  #flush(live: LiveDocument, relayed: Relayed): void {
    clearTimeout(relayed.timer)
    relayed.timer = undefined
    this.#tell(live, [...relayed.waiting])
    relayed.waiting.clear()
  }

  #tellAll(live: LiveDocument): void {
    this.#tell(
      live,
      [...live.connections].flatMap(({ shownId }) => shownId ?? []),
    )
  }

  #tell(live: LiveDocument, clientIds: readonly number[]): void {
    const { awareness } = live.document
    const ids = clientIds.filter((id) => awareness.meta.has(id))
    if (ids.length > 0)
      this.#send(live, { kind: 'presence', update: encodeAwarenessUpdate(awareness, ids) })
  }
}

/** An id that somebody shows at another server is theirs here too, until it is claimed or they have left. */
function reserve(live: LiveDocument, clientId: number, state: string | null): void {
  if (live.claims.has(clientId)) return
  const owner = state === null ? undefined : ownerIn(state)
  if (owner !== undefined) live.reservations.set(clientId, owner)
  else if (live.reservations.get(clientId) !== 'server') live.reservations.delete(clientId)
}

/** The identity that the other server has written into a state. */
function ownerIn(state: string): ClaimOwner | undefined {
  const { user } = JSON.parse(state) as { readonly user?: { readonly id?: unknown } }
  return typeof user?.id === 'string' ? `user:${user.id}` : undefined
}

function isHere(live: LiveDocument, clientId: number): boolean {
  for (const connection of live.connections) if (connection.shownId === clientId) return true
  return false
}

/** Of a server of ours, but perhaps of another version. */
function readEntries(update: Uint8Array): readonly AwarenessEntry[] {
  const scan = scanAwareness(update, foreignLimits)
  return scan.kind === 'ok' ? scan.entries : []
}

const foreignLimits = {
  maxBytes: 16 * 1024 * 1024,
  maxEntries: 100_000,
  maxStateBytes: 16 * 1024,
  maxDepth: 32,
}
