import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { getKeys } from './routes/get-keys.ts'

/** What is about the installation as a whole, and no feature's own. */
export function openAdministration(parts: { readonly db: Database; readonly clock: Clock }): {
  readonly endpoints: readonly Endpoint[]
} {
  return { endpoints: [getKeys(parts)] }
}
