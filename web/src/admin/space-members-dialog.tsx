import type { AdminSpace, Member, Role } from '@cloudsync/protocol'
import { useInfiniteQuery } from '@tanstack/react-query'
import { UserMinus } from 'lucide-react'
import { useState } from 'react'
import { Row } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { putSpaceMember, removeSpaceMember } from '../api/admin-space-endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { roleNames } from '../files/space-role.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { SelectField } from '../ui/select-field.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useMayChange } from './admin-page.tsx'
import { spaceMembersQuery, useRefreshAdmin } from './admin-queries.ts'
import { PagedList } from './paged-list.tsx'
import { givenRoles } from './permission-words.ts'
import { PersonPicker } from './person-picker.tsx'

export interface SpaceMembersDialogProps {
  readonly space: AdminSpace
  readonly onClose: () => void
}

const roleOptions = [...givenRoles, 'owner' as const].map((value) => ({
  value,
  label: roleNames[value],
}))

/** Who is in a space; administrators change it for others, in team spaces. */
export function SpaceMembersDialog({ space, onClose }: SpaceMembersDialogProps) {
  const { api } = useServices()
  const members = useInfiniteQuery(spaceMembersQuery(api, space.id))
  const [newRole, setNewRole] = useState<Role>('editor')
  const { isBusy, put, remove } = useMemberChanges(space)
  const mayAppoint = useMayChange() && space.kind === 'team'
  const owners = (members.data?.pages ?? []).flatMap(({ items }) =>
    items.filter(({ role }) => role === 'owner'),
  )
  return (
    <Dialog
      title={`Members of ${space.name}`}
      description={
        space.kind === 'personal'
          ? 'Who is let into a personal space is for its owner to say.'
          : undefined
      }
      onClose={onClose}
      width="wide"
    >
      {mayAppoint && (
        <PersonPicker label="Add somebody" isBusy={isBusy} onPick={(user) => put(user, newRole)}>
          <SelectField label="As" value={newRole} options={roleOptions} onChange={setNewRole} />
        </PersonPicker>
      )}
      <PagedList label="Members" query={members} empty="Nobody is a member by themselves.">
        {(member) => (
          <MemberRow
            key={member.userId}
            member={member}
            isBusy={isBusy}
            onRole={mayAppoint ? (role) => void put(member, role) : undefined}
            onRemove={
              mayAppoint && (member.role !== 'owner' || owners.length > 1)
                ? () => void remove(member)
                : undefined
            }
          />
        )}
      </PagedList>
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function useMemberChanges(space: AdminSpace) {
  const { api } = useServices()
  const refresh = useRefreshAdmin()
  const { isBusy, run } = useAction()
  const change = (work: () => Promise<unknown>, done: string) =>
    run(async () => {
      await work()
      toasts.show(done)
      await refresh()
    })
  return {
    isBusy,
    put: ({ email, name }: Pick<Member, 'email' | 'name'>, role: Role) =>
      change(
        () => putSpaceMember(api, space.id, { email, role }),
        `${name} is ${roleNames[role].toLowerCase()} of ${space.name} now`,
      ),
    remove: ({ userId, name }: Member) =>
      change(
        () => removeSpaceMember(api, space.id, userId),
        `${name} is no longer in ${space.name}`,
      ),
  }
}

interface MemberRowProps {
  readonly member: Member
  readonly isBusy: boolean
  /** Unset: it is only shown. */
  readonly onRole: ((role: Role) => void) | undefined
  readonly onRemove: (() => void) | undefined
}

function MemberRow({ member, isBusy, onRole, onRemove }: MemberRowProps) {
  const isMe = member.userId === useMe().id
  const isOwner = member.role === 'owner'
  return (
    <Row
      icon={<Avatar name={member.name} color={member.color} size={28} />}
      title={
        <span dir="auto">
          {member.name}
          {isMe && ' (you)'}
        </span>
      }
      badge={onRole && !isOwner && !isMe ? undefined : roleNames[member.role]}
      note={member.email}
    >
      {onRole && !isOwner && !isMe && (
        <SelectField
          label={`Role of ${member.name}`}
          isLabelHidden
          value={member.role}
          options={roleOptions}
          onChange={onRole}
        />
      )}
      {onRemove && (
        <IconButton label={`Remove ${member.name}`} disabled={isBusy} onClick={onRemove}>
          <UserMinus size={16} aria-hidden />
        </IconButton>
      )}
    </Row>
  )
}
