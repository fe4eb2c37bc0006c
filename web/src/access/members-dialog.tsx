import { useQuery } from '@tanstack/react-query'
import type { Member, Space } from '@cloudsync/protocol'
import { listMembers } from '../api/endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { roleNames } from '../files/space-role.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import styles from './share.module.css'

export interface MembersDialogProps {
  readonly space: Space
  readonly onClose: () => void
}

/** Who is in a space, for those who may not change it. */
export function MembersDialog({ space, onClose }: MembersDialogProps) {
  const { api } = useServices()
  const members = useQuery({
    queryKey: ['members', space.id],
    queryFn: ({ signal }) => listMembers(api, space.id, signal),
  })
  return (
    <Dialog title={`Members of ${space.name}`} onClose={onClose} width="wide">
      {members.isError && (
        <ErrorState error={members.error} onRetry={() => void members.refetch()} />
      )}
      <ul aria-label="Members">
        {members.data?.map((member) => (
          <MemberRow key={member.userId} member={member} />
        ))}
      </ul>
    </Dialog>
  )
}

function MemberRow({ member }: { readonly member: Member }) {
  const me = useMe()
  return (
    <li className={styles.row}>
      <Avatar name={member.name} color={member.color} size={28} />
      <div className={styles.person}>
        <span className={styles.name}>
          {member.name}
          {member.userId === me.id && ' (you)'}
        </span>
        <span className={styles.detail}>{member.email}</span>
      </div>
      <span className={styles.role}>{roleNames[member.role]}</span>
    </li>
  )
}
