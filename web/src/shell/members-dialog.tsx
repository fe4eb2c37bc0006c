import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Member, Role, Space } from '@cloudsync/protocol'
import { UserMinus } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { isApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { listMembers, putMember, removeMember } from '../api/endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { canManage, roleNames } from '../files/space-role.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Field } from '../ui/field.tsx'
import { toasts } from '../ui/toast-list.ts'
import styles from './dialogs.module.css'

type GivenRole = Exclude<Role, 'owner'>

const givenRoles: readonly GivenRole[] = ['viewer', 'commenter', 'editor', 'manager']

export interface MembersDialogProps {
  readonly space: Space
  readonly onClose: () => void
}

export function MembersDialog({ space, onClose }: MembersDialogProps) {
  const members = useMembers(space)
  const isManager = canManage(space.role)
  return (
    <Dialog title={`Members of ${space.name}`} onClose={onClose} width="wide">
      {isManager && <AddMember space={space} />}
      {members.isError && (
        <ErrorState error={members.error} onRetry={() => void members.refetch()} />
      )}
      <ul className={styles.members} aria-label="Members">
        {members.data?.map((member) => (
          <MemberRow key={member.userId} member={member} space={space} isManager={isManager} />
        ))}
      </ul>
    </Dialog>
  )
}

function membersKey(space: Space) {
  return ['members', space.id] as const
}

function useMembers(space: Space) {
  const { api } = useServices()
  return useQuery({
    queryKey: membersKey(space),
    queryFn: ({ signal }) => listMembers(api, space.id, signal),
  })
}

function AddMember({ space }: { readonly space: Space }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<GivenRole>('editor')
  const addition = useMutation({
    mutationFn: () => putMember(api, space.id, { email: email.trim(), role }),
    onSuccess: async (member) => {
      setEmail('')
      toasts.show(`${member.name} is now in ${space.name}`)
      await queryClient.invalidateQueries({ queryKey: membersKey(space) })
    },
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    addition.mutate()
  }

  return (
    <form onSubmit={submit} className={styles.add}>
      <Field
        label="Add by e-mail"
        type="email"
        required
        placeholder="colleague@example.org"
        autoComplete="off"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={addition.isError ? describeAddition(addition.error) : undefined}
      />
      <RoleSelect label="Role" value={role} onChange={setRole} />
      <Button type="submit" variant="primary" disabled={addition.isPending}>
        Add
      </Button>
    </form>
  )
}

function describeAddition(error: unknown): string {
  if (isApiError(error, 'not_found')) {
    return 'Nobody here has this address. An administrator can make an account.'
  }
  return errorLine(error)
}

interface MemberRowProps {
  readonly member: Member
  readonly space: Space
  readonly isManager: boolean
}

function MemberRow({ member, space, isManager }: MemberRowProps) {
  const { api } = useServices()
  const { role } = member
  const me = useMe()
  const queryClient = useQueryClient()
  const settled = () => queryClient.invalidateQueries({ queryKey: membersKey(space) })
  const fail = (error: unknown) => toasts.show(errorLine(error), { tone: 'error' })
  const change = useMutation({
    mutationFn: (role: GivenRole) => putMember(api, space.id, { email: member.email, role }),
    onError: fail,
    onSettled: settled,
  })
  const removal = useMutation({
    mutationFn: () => removeMember(api, space.id, member.userId),
    onSuccess: () =>
      toasts.show(`${member.name} is no longer in ${space.name}`, {
        action: { label: 'Undo', run: () => role !== 'owner' && change.mutate(role) },
      }),
    onError: fail,
    onSettled: settled,
  })
  const isMe = member.userId === me.id
  return (
    <li className={styles.member} data-leaving={removal.isPending || undefined}>
      <Avatar name={member.name} color={member.color} size={28} />
      <div className={styles.person}>
        <span className={styles.personName}>
          {member.name}
          {isMe && ' (you)'}
        </span>
        <span className={styles.personMail}>{member.email}</span>
      </div>
      {isManager && role !== 'owner' ? (
        <>
          <RoleSelect
            label={`Role of ${member.name}`}
            isLabelHidden
            value={change.isPending ? change.variables : role}
            onChange={(next) => change.mutate(next)}
          />
          <IconButton label={`Remove ${member.name}`} onClick={() => removal.mutate()}>
            <UserMinus size={16} aria-hidden />
          </IconButton>
        </>
      ) : (
        <span className={styles.role}>{roleNames[role]}</span>
      )}
    </li>
  )
}

interface RoleSelectProps {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly value: GivenRole
  readonly onChange: (role: GivenRole) => void
}

function RoleSelect({ label, isLabelHidden = false, value, onChange }: RoleSelectProps) {
  return (
    <label className={styles.select}>
      <span className={isLabelHidden ? 'visually-hidden' : undefined}>{label}</span>
      <select
        value={value}
        onChange={(event) => {
          const chosen = givenRoles.find((role) => role === event.target.value)
          if (chosen) onChange(chosen)
        }}
      >
        {givenRoles.map((role) => (
          <option key={role} value={role}>
            {roleNames[role]}
          </option>
        ))}
      </select>
    </label>
  )
}
