import type { Grant, GrantSubject, GroupId, User, UserId } from '@cloudsync/protocol'
import { isoTime } from '#platform/iso-time.ts'
import type { GrantRow } from '../grants.ts'
import type { AccessRoutesContext } from './access-routes-context.ts'

/** The JSON of grants, with people and groups looked up at once. */
export async function presentGrants(
  { groups, people }: Pick<AccessRoutesContext, 'groups' | 'people'>,
  rows: readonly GrantRow[],
): Promise<Grant[]> {
  const ids = new Set(rows.flatMap((row) => [row.user_id, row.created_by]))
  const users = await people.findUsers([...ids].filter((id) => id !== null))
  const names = await groups.findNames(rows.flatMap((row) => row.group_id ?? []))
  return rows.map((row) => {
    const maker = row.created_by === null ? undefined : users.get(row.created_by)
    return {
      id: row.id,
      nodeId: row.node_id,
      subject: subjectOf(row, users, names),
      role: row.role,
      customRoleId: row.custom_role_id,
      createdBy: maker ? { id: maker.id, name: maker.name } : null,
      createdAt: isoTime(row.created_at),
      expiresAt: row.expires_at && isoTime(row.expires_at),
    }
  })
}

function subjectOf(
  row: GrantRow,
  users: ReadonlyMap<UserId, User>,
  groups: ReadonlyMap<GroupId, string>,
): GrantSubject {
  const { user_id: userId, group_id: groupId } = row
  if (userId !== null) return { kind: 'user', id: userId, name: users.get(userId)?.name ?? '' }
  if (groupId !== null) return { kind: 'group', id: groupId, name: groups.get(groupId) ?? '' }
  return { kind: 'link', id: row.link_id ?? '', name: '' }
}
