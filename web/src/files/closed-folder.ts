import { toasts } from '../ui/toast-list.ts'

/** Why a private folder of others does not open. */
export const closedReason = 'A private folder: you see its name, not what is in it'

export function tellClosed(name: string): void {
  toasts.show(`${name} is private. Whoever keeps it can let you in by sharing it with you.`)
}
