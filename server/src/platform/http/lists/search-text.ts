import { printableForm } from '@cloudsync/protocol'
import { z } from 'zod'

/** Part of a name or of an e-mail address, to find something by in a list. */
export function searchText(maxLength = 254) {
  return z.string().trim().max(maxLength).regex(printableForm).optional()
}
