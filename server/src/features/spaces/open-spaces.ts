import type { Access, AccessNotifier } from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { AppointedMembers } from './admin/appointed-members.ts'
import type { SpaceDefaults } from './create-space.ts'
import type { People } from './people.ts'
import { spaceEndpoints } from './routes/index.ts'
import { SpaceMembers } from './space-members.ts'
import { defaultMaxTeamSpaces } from './team-space-limit.ts'

export interface SpacesOptions {
  readonly db: Database
  readonly access: Access & AccessNotifier
  readonly people: People
  readonly defaults?: SpaceDefaults | undefined
  /** That one person may make who does not administer the installation. Default 100. */
  readonly maxTeamSpaces?: number
}

export interface Spaces {
  readonly endpoints: readonly Endpoint[]
}

export function openSpaces(options: SpacesOptions): Spaces {
  const members = new SpaceMembers(options.db, options.access)
  const appointed = new AppointedMembers(options)
  const { maxTeamSpaces = defaultMaxTeamSpaces } = options
  return { endpoints: spaceEndpoints({ ...options, maxTeamSpaces, members, appointed }) }
}
