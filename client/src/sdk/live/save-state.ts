import type { FatalCloseCodeName, LinkState } from './link-state.ts'

/** How safe the edits of an open document are. `pending`: how many the server has not said to be durable. */
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
