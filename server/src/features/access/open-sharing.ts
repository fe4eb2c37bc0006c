import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import type { Access, AccessNotifier } from './access.ts'
import { CustomRoles } from './custom-roles.ts'
import { Grants } from './grants.ts'
import { Groups } from './groups.ts'
import type { People } from './people.ts'
import { accessEndpoints } from './routes/index.ts'

export interface SharingOptions {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access & AccessNotifier
  readonly people: People
}

/** The endpoints by which grants, groups and roles are changed. */
export function openSharing(options: SharingOptions): { readonly endpoints: readonly Endpoint[] } {
  const { db, access } = options
  return {
    endpoints: accessEndpoints({
      ...options,
      grants: new Grants(options),
      groups: new Groups(db, access),
      customRoles: new CustomRoles(db, access),
    }),
  }
}
