import type {
  CustomRoleId,
  GrantId,
  GroupId,
  NodeId,
  Role,
  SpaceId,
  UserId,
} from '@cloudsync/protocol'
import type { ColumnType } from 'kysely'
import type { CreatedAt } from './column-types.ts'

export interface GrantsTable {
  id: GrantId
  space_id: SpaceId
  node_id: NodeId
  user_id: ColumnType<UserId | null, UserId | null | undefined, never>
  group_id: ColumnType<GroupId | null, GroupId | null | undefined, never>
  link_id: ColumnType<string | null, string | null | undefined, never>
  /** Whichever of the three is set. */
  subject_id: ColumnType<string, never, never>
  role: Role
  custom_role_id: ColumnType<
    CustomRoleId | null,
    CustomRoleId | null | undefined,
    CustomRoleId | null
  >
  created_by: UserId | null
  created_at: CreatedAt
  expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>
}

export interface GroupsTable {
  id: GroupId
  name: string
  created_at: CreatedAt
}

export interface GroupMembersTable {
  user_id: UserId
  group_id: GroupId
}

export interface CustomRolesTable {
  id: CustomRoleId
  name: string
  permissions: string[]
  counts_as: Exclude<Role, 'owner'>
  created_at: CreatedAt
}

/** Who may do what. */
export interface AccessTables {
  grants: GrantsTable
  groups: GroupsTable
  group_members: GroupMembersTable
  custom_roles: CustomRolesTable
}
