import type { LiveServerMessage } from '@cloudsync/protocol'

/**
 * What the server says beside the sync protocol, or `undefined` for a kind that this page does not
 * know. By hand: the schemas' library would be a seventh of the editor's size.
 */
export function readServerMessage(payload: string): LiveServerMessage | undefined {
  let message: unknown
  try {
    message = JSON.parse(payload)
  } catch {
    return undefined
  }
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined
  const fields: Readonly<Record<string, unknown>> = { ...message }
  switch (fields['type']) {
    case 'saved': {
      const { epoch, seq, received } = fields
      if (!isCount(epoch) || !isCount(seq) || !isCount(received)) return undefined
      return { type: 'saved', epoch, seq, received }
    }
    case 'refused':
      return typeof fields['reason'] === 'string'
        ? { type: 'refused', reason: fields['reason'] }
        : undefined
    case 'access':
      return typeof fields['canEdit'] === 'boolean'
        ? { type: 'access', canEdit: fields['canEdit'] }
        : undefined
    default:
      return undefined
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
