import type { FatalCloseCodeName, LinkState } from './link-state.ts'

/** What a person is told about the safety of their edits. */
export type SaveState =
  | { readonly kind: 'opening' }
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'reconnecting'; readonly pending: number }
  | { readonly kind: 'offline'; readonly pending: number }
  | { readonly kind: 'readOnly' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'ended'; readonly code: FatalCloseCodeName; readonly pending: number }

/** `pending` is the number of edits that the server has not acknowledged as durable. */
export function deriveSaveState(link: LinkState, pending: number, canEdit: boolean): SaveState {
  switch (link.kind) {
    case 'connecting':
      return pending > 0 ? { kind: 'reconnecting', pending } : { kind: 'opening' }
    case 'online':
      if (pending > 0) return { kind: 'saving' }
      return canEdit ? { kind: 'saved' } : { kind: 'readOnly' }
    case 'reconnecting':
    case 'offline':
      return { kind: link.kind, pending }
    case 'refused':
      return { kind: 'refused', reason: link.reason }
    case 'ended':
      return { kind: 'ended', code: link.code, pending }
  }
}

/** The state in words. `isPersistent`: what is pending would outlive the page. */
export function presentSaveState(state: SaveState, isPersistent: boolean): string {
  switch (state.kind) {
    case 'opening':
      return 'Opening…'
    case 'saved':
      return 'Saved'
    case 'saving':
      return 'Saving…'
    case 'reconnecting':
      return withPending('Reconnecting', state.pending, isPersistent) ?? 'Reconnecting…'
    case 'offline':
      return withPending('Offline', state.pending, isPersistent) ?? 'Offline'
    case 'readOnly':
      return 'Read-only'
    case 'refused':
      return unsaved(isPersistent)
    case 'ended':
      return state.pending === 0 ? 'Closed' : unsaved(isPersistent)
  }
}

function withPending(state: string, pending: number, isPersistent: boolean): string | undefined {
  if (pending === 0) return undefined
  const changes = `${pending} ${pending === 1 ? 'change' : 'changes'}`
  return `${state}, ${changes} ${place(isPersistent)}`
}

function unsaved(isPersistent: boolean): string {
  return `Could not be saved, kept ${place(isPersistent)}`
}

/** A browser that stores nothing must not be said to keep anything. */
function place(isPersistent: boolean): string {
  return isPersistent ? 'on this device' : 'in this tab only'
}
