import {
  customRoleIdSchema,
  grantIdSchema,
  groupIdSchema,
  nodeIdSchema,
  pageQuerySchema,
  userIdSchema,
} from '@cloudsync/protocol'
import { z } from 'zod'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { searchText } from '#platform/http/lists/search-text.ts'
import type { Access, AccessNotifier } from '../access.ts'
import type { CustomRoles } from '../custom-roles.ts'
import type { Grants } from '../grants.ts'
import type { Groups } from '../groups.ts'
import type { People } from '../people.ts'

/** What the endpoints of access work with. */
export interface AccessRoutesContext {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access & AccessNotifier
  readonly people: People
  readonly grants: Grants
  readonly groups: Groups
  readonly customRoles: CustomRoles
}

export const nodeParams = z.object({ id: nodeIdSchema })
export const grantParams = z.object({ id: nodeIdSchema, grantId: grantIdSchema })
export const groupParams = z.object({ id: groupIdSchema })
export const groupMemberParams = z.object({ id: groupIdSchema, userId: userIdSchema })
export const roleParams = z.object({ id: customRoleIdSchema })
/** A cursor is the id of the last item that was seen. */
export const grantPageQuery = pageQuerySchema.extend({ cursor: grantIdSchema.optional() })
export const groupPageQuery = pageQuerySchema.extend({
  /** Part of the name. */
  query: searchText(),
  cursor: groupIdSchema.optional(),
})
export const groupMemberPageQuery = pageQuerySchema.extend({
  /** Part of a name or of an e-mail address. */
  query: searchText(),
  cursor: userIdSchema.optional(),
})
export const rolePageQuery = pageQuerySchema.extend({ cursor: customRoleIdSchema.optional() })
