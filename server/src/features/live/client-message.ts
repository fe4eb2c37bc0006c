import { liveClientMessageSchema, type LiveClientMessage } from '@cloudsync/protocol'

/** Longer than any message that a client may send us beside the sync protocol. */
const maxLength = 1_024

/** A client's stateless message, or `undefined` when it is none of ours: others are ignored. */
export function readClientMessage(text: string | undefined): LiveClientMessage | undefined {
  if (text === undefined || text.length > maxLength) return undefined
  try {
    return liveClientMessageSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
