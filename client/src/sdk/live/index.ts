export { readClose, readDenial, type CloseMeaning } from './close-reason.ts'
export {
  emptyLedger,
  pendingEdits,
  pendingOwnEdits,
  updateLedger,
  type EditLedger,
  type EditLedgerEvent,
} from './edit-ledger.ts'
export type { FatalCloseCodeName, LinkState } from './link-state.ts'
export { LiveConnection, type LiveSign } from './live-connection.ts'
export { systemTimers, type LiveTimers } from './live-timers.ts'
export { NudgeSocket } from './nudge-socket.ts'
export { reconnectDelayMs } from './reconnect-delay.ts'
export { deriveSaveState, type SaveState } from './save-state.ts'
export { updateBy, type Transitions } from './state-machine.ts'
export { textDocument, textRoot } from './text-document.ts'
