import { maxOwnStateBytes, scanAwareness, type AwarenessEntry } from '@cloudsync/crdt'
import type { PresenceUser } from '@cloudsync/protocol'
import type { Connection } from '@hocuspocus/server'
import { applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { encodeStates, type ShownState } from './awareness-states.ts'
import type { ClaimOwner } from './client-claims.ts'
import type { LiveMember } from './live-member.ts'
import type { LiveDocument } from './live-document.ts'

export interface PresenceOptions {
  readonly connection: Connection
  readonly live: LiveDocument
  readonly member: LiveMember
  readonly owner: ClaimOwner
}

/** Up to this audience each change is sent at once; above it a person's changes are thinned out. */
const smallAudience = 20
const delayPerListenerMs = 2
const maxDelayMs = 1_000

/**
 * What one connection shows of itself: cursor and selection, under the id that it declares in its
 * first awareness frame. The identity beside them is written here; what a client says of it is dropped.
 * Clients echo the states of others; those are ignored, as only their own connections may set them.
 */
export class Presence {
  readonly #options: PresenceOptions
  readonly #user: PresenceUser
  #isDeclared = false
  #ownId: number | undefined
  readonly #waiting = new Map<number, ShownState>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: PresenceOptions) {
    this.#options = options
    const { userId: id, name, color, kind } = options.member
    this.#user = { id, name, color, kind }
  }

  /** The id that the client calls its own, whether or not it is. */
  get ownId(): number | undefined {
    return this.#ownId
  }

  /** The id under which others see this connection. */
  get shownId(): number | undefined {
    return this.#isDeclared ? this.#ownId : undefined
  }

  /** Takes an awareness update; gives `false` when the bytes are none, or hold too much. */
  receive(update: Uint8Array): boolean {
    const scan = scanAwareness(update)
    if (scan.kind === 'refused') return false
    if (this.#ownId === undefined) this.#declare(scan.entries)
    for (const { clientId, clock, state, bytes } of scan.entries) {
      if (clientId !== this.shownId || bytes > maxOwnStateBytes) continue
      const shown = withIdentity(state, this.#user)
      if (shown === undefined) return false
      this.#waiting.set(clientId, { clientId, clock, json: shown })
    }
    if (this.#waiting.size === 0 || this.#timer) return true
    const delayMs = this.#delayMs()
    if (delayMs === 0) this.#publish()
    else this.#timer = setTimeout(() => this.#publish(), delayMs).unref()
    return true
  }

  /** Gives the states of everybody in the document as one update. */
  sendAll(send: (update: Uint8Array) => void): void {
    const { awareness } = this.#options.live.document
    const clients = [...awareness.getStates().keys()]
    if (clients.length > 0) send(encodeAwarenessUpdate(awareness, clients))
  }

  close(): void {
    clearTimeout(this.#timer)
    const { live, owner } = this.#options
    const id = this.shownId
    if (id !== undefined && live.reservations.get(id) === owner && !live.claims.has(id))
      live.reservations.delete(id)
  }

  /**
   * The first frame that shows somebody present declares whose connection this is. A stock provider that
   * reconnects may send others' departures before it: they are no declaration. An id that somebody else
   * has shown or claimed first stays theirs.
   */
  #declare(entries: readonly AwarenessEntry[]): void {
    const present = entries.filter(({ state }) => state !== null)
    const own = present.length === 1 ? present[0]?.clientId : undefined
    if (own === undefined) return
    this.#ownId = own
    const { live, owner } = this.#options
    const known = live.ownerOf(own)
    if (known !== undefined && known !== owner) return
    live.reservations.set(own, owner)
    this.#isDeclared = true
  }

  #delayMs(): number {
    const audience = this.#options.live.connections.size
    return audience <= smallAudience ? 0 : Math.min(maxDelayMs, audience * delayPerListenerMs)
  }

  #publish(): void {
    this.#timer = undefined
    const states = [...this.#waiting.values()]
    this.#waiting.clear()
    const { connection, live } = this.#options
    if (live.document.isDestroyed) return
    applyAwarenessUpdate(live.document.awareness, encodeStates(states), {
      source: 'connection',
      connection,
    })
  }
}

/** A client's state with our identity in it, as JSON; `undefined` when what it sent is no JSON. */
function withIdentity(state: string | null, user: PresenceUser): string | undefined {
  if (state === null) return 'null'
  try {
    const shown: unknown = JSON.parse(state)
    if (shown === null) return 'null'
    // A state that is no object can hold no cursor.
    const fields = typeof shown === 'object' && !Array.isArray(shown) ? shown : {}
    return JSON.stringify({ ...fields, user })
  } catch {
    return undefined
  }
}
