import { pageQuerySchema, spaceIdSchema, userIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import type { Access, AccessNotifier } from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'
import type { AppointedMembers } from '../admin/appointed-members.ts'
import type { SpaceDefaults } from '../create-space.ts'
import type { People } from '../people.ts'
import type { SpaceMembers } from '../space-members.ts'

/** What the endpoints of spaces work with. */
export interface SpaceRoutesContext {
  readonly db: Database
  readonly access: Access & AccessNotifier
  readonly people: People
  readonly members: SpaceMembers
  readonly appointed: AppointedMembers
  readonly defaults?: SpaceDefaults | undefined
  /** That one person may make who does not administer the installation. */
  readonly maxTeamSpaces: number
}

export const spaceParams = z.object({ id: spaceIdSchema })
export const memberParams = z.object({ id: spaceIdSchema, userId: userIdSchema })
/** A cursor is the id of the last item that was seen. */
export const spacePageQuery = pageQuerySchema.extend({ cursor: spaceIdSchema.optional() })
export const memberPageQuery = pageQuerySchema.extend({ cursor: userIdSchema.optional() })
