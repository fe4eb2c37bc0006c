import { scanUpdate, stateUpdateLimits } from '@cloudsync/crdt'
import { encodeSyncFrame, frameTypes, readFrameHead, readSyncBody, syncSteps } from './frames.ts'
import type { StoredUpdates } from './live-rooms.ts'

/** More updates than that wait for the document, which puts them together. */
const maxGreetingUpdates = 1_000

/** The updates that a newcomer may be sent as they are stored; none when the state has to be made first. */
export function greetingOf({ checkpoint, tail }: StoredUpdates): readonly Uint8Array[] {
  if (tail.length > maxGreetingUpdates || tail.some(mayTellTooMuch)) return []
  return checkpoint ? [checkpoint, ...tail] : tail
}

/** The rows before one that deletes still hold what is gone, which is no business of newcomers. */
function mayTellTooMuch(row: Uint8Array): boolean {
  const scan = scanUpdate(row, stateUpdateLimits)
  return scan.kind === 'refused' || scan.deletes.length > 0
}

/**
 * A document connection that is being opened, with the frames that wait for that.
 *
 * Who asks for the whole document can be sent what is stored while it is put together in memory: that
 * is a **greeting**. All but the last of it are updates, and the last is the SyncStep2 on which a client
 * says that it is in sync.
 */
export class OpeningChannel {
  readonly state = 'opening'
  readonly address: string
  readonly frames: Uint8Array[] = []
  /** Whether a token has come for it; until then nothing will open it. */
  hasToken = false
  isAuthenticated = false
  /** Whether it has been sent all that was stored. */
  isGreeted = false

  constructor(address: string) {
    this.address = address
  }

  /** The frames of a greeting; none when the client is to be answered in the usual way. */
  greet(updates: readonly Uint8Array[], maxBytes: number): Uint8Array[] {
    const bytes = updates.reduce((sum, update) => sum + update.length, 0)
    if (updates.length === 0 || bytes > maxBytes || !this.#asksForAll) return []
    this.isGreeted = true
    return updates.map((update, index) => {
      const isLast = index === updates.length - 1
      return encodeSyncFrame(this.address, isLast ? syncSteps.step2 : syncSteps.update, update)
    })
  }

  /** Whether what it sent first says that it has nothing of the document. */
  get #asksForAll(): boolean {
    const [first] = this.frames
    const head = first && readFrameHead(first)
    if (!first || head?.type !== frameTypes.sync) return false
    const body = readSyncBody(first, head.offset)
    return body?.step === syncSteps.step1 && body.payload.length === 1 && body.payload[0] === 0
  }
}
