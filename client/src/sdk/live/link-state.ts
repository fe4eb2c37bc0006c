import type { CloseCodeName } from '@cloudsync/protocol'
import { updateBy, type Transitions } from './state-machine.ts'

/**
 * The link between an open document and the server.
 *
 *                 synced                    lost
 *   connecting ──────────▶ online ─────────────────▶ reconnecting ◀──────┐
 *       │ waitedLong          ▲   synced                │  │ waitedLong  │ lost
 *       ▼                     └─────────────────────────┘  ▼             │
 *    offline ◀──────────────────────────────────────────────── (attempts go on)
 *
 *   refused: the server will not take what this device holds; it stays here as a draft
 *   ended:   a final close code; nothing more is tried
 */
export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online' }
  | { readonly kind: 'reconnecting' }
  | { readonly kind: 'offline' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'ended'; readonly code: FatalCloseCodeName }

export type FatalCloseCodeName = Exclude<
  CloseCodeName,
  | 'goingAway'
  | 'frameTooLarge'
  | 'storeFailed'
  | 'tryAgainLater'
  | 'evicted'
  | 'tooSlow'
  | 'rateLimited'
>

export type LinkEvent =
  | { readonly type: 'synced' }
  | { readonly type: 'lost' }
  /** Several attempts failed, or the device says that it has no network. */
  | { readonly type: 'waitedLong' }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'ended'; readonly code: FatalCloseCodeName }

const stay = <S extends LinkState>(state: S): S => state
const online = (): LinkState => ({ kind: 'online' })
const reconnecting = (): LinkState => ({ kind: 'reconnecting' })
const offline = (): LinkState => ({ kind: 'offline' })
const refused = (_: LinkState, event: { reason: string }): LinkState => ({
  kind: 'refused',
  reason: event.reason,
})
const ended = (_: LinkState, event: { code: FatalCloseCodeName }): LinkState => ({
  kind: 'ended',
  code: event.code,
})

const transitions: Transitions<LinkState, LinkEvent> = {
  connecting: {
    synced: online,
    lost: reconnecting,
    waitedLong: offline,
    refused,
    ended,
  },
  online: {
    synced: stay,
    lost: reconnecting,
    // The device may say so before the socket notices; edits are safe either way.
    waitedLong: offline,
    refused,
    ended,
  },
  reconnecting: {
    synced: online,
    lost: stay,
    waitedLong: offline,
    refused,
    ended,
  },
  offline: {
    synced: online,
    lost: stay,
    waitedLong: stay,
    refused,
    ended,
  },
  refused: {
    synced: stay,
    lost: stay,
    waitedLong: stay,
    refused: stay,
    // A refusal closes the socket too; the reason that it gave is the better one.
    ended: stay,
  },
  ended: {
    synced: stay,
    lost: stay,
    waitedLong: stay,
    refused: stay,
    ended: stay,
  },
}

export function updateLink(state: LinkState, event: LinkEvent): LinkState {
  return updateBy(transitions, state, event)
}
