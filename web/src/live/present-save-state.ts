import type { SaveState } from '@cloudsync/client/live'

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
