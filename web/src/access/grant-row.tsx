import { useMutation } from '@tanstack/react-query'
import type { Grant, Node, PutGrantRequest } from '@cloudsync/protocol'
import { CalendarClock, UserMinus } from 'lucide-react'
import { useState } from 'react'
import { putGrant, removeGrant } from '../api/access-endpoints.ts'
import { errorLine } from '../api/describe-error.ts'
import { useMe, useServices } from '../app/services.tsx'
import { IconButton } from '../ui/button.tsx'
import { SelectField } from '../ui/select-field.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useNow } from '../ui/use-now.ts'
import { ExpiryForm } from './expiry-form.tsx'
import { endAhead, formatDay, isOver } from './expiry.ts'
import { choiceOf, type RoleChoice } from './role-choices.ts'
import { useRecipients, useSharingChanged } from './sharing-queries.ts'
import { SubjectIcon } from './subject-icon.tsx'
import styles from './share.module.css'

export interface GrantRowProps {
  readonly node: Node
  /** Of the node, as a person calls it. */
  readonly name: string
  readonly grant: Grant
  readonly allChoices: readonly RoleChoice[]
  /** What this person may give instead; none when they may not change it. */
  readonly choices: readonly RoleChoice[]
}

/** Who was given a role on the node itself, and which. */
export function GrantRow({ node, name: nodeName, grant, allChoices, choices }: GrantRowProps) {
  const { name } = grant.subject
  const [asksDay, setAsksDay] = useState(false)
  const { change, removal } = useGrantChanges(node, nodeName, grant)
  const role = choiceOf(allChoices, grant)
  const mayChange = choices.length > 0
  return (
    <li className={styles.row} data-leaving={removal.isPending || undefined}>
      <SubjectIcon subject={grant.subject} />
      <WhoAndUntil grant={grant} />
      {mayChange ? (
        <>
          <SelectField
            label={`Role of ${name}`}
            isLabelHidden
            options={choices}
            value={role?.value ?? ''}
            isDisabled={change.isPending}
            onChange={(value) =>
              change.mutate({
                ...choices.find((choice) => choice.value === value)?.terms,
                expiresAt: endAhead(grant.expiresAt, Date.now()),
              })
            }
          />
          <IconButton
            label={`End of the access of ${name}`}
            aria-expanded={asksDay}
            onClick={() => setAsksDay(!asksDay)}
          >
            <CalendarClock size={16} aria-hidden />
          </IconButton>
          <IconButton
            label={`Take back the access of ${name}`}
            disabled={removal.isPending}
            onClick={() => removal.mutate()}
          >
            <UserMinus size={16} aria-hidden />
          </IconButton>
        </>
      ) : (
        <span className={styles.role}>{role?.label ?? 'Another role'}</span>
      )}
      {asksDay && mayChange && (
        <ExpiryForm
          name={name}
          expiresAt={grant.expiresAt}
          isBusy={change.isPending}
          onDone={(expiresAt) => {
            setAsksDay(false)
            change.mutate({ ...role?.terms, expiresAt })
          }}
        />
      )}
    </li>
  )
}

function WhoAndUntil({ grant }: { readonly grant: Grant }) {
  const me = useMe()
  const now = useNow(60_000)
  const { subject, expiresAt } = grant
  const mail = useRecipients().find(({ id }) => id === subject.id)?.detail
  return (
    <span className={styles.person}>
      <span className={styles.name} dir="auto">
        {subject.name === '' ? 'A link' : subject.name}
        {subject.id === me.id && ' (you)'}
      </span>
      {mail !== undefined && <span className={styles.detail}>{mail}</span>}
      {expiresAt !== null && (
        <span className={styles.detail} data-over={isOver(expiresAt, now) || undefined}>
          {isOver(expiresAt, now) ? 'Ended on' : 'Until'} {formatDay(expiresAt)}
        </span>
      )}
    </span>
  )
}

function useGrantChanges(node: Node, nodeName: string, grant: Grant) {
  const { api } = useServices()
  const changed = useSharingChanged(node.id)
  const fail = (error: unknown) => toasts.show(errorLine(error), { tone: 'error' })
  const change = useMutation({
    mutationFn: (terms: Omit<PutGrantRequest, 'subject'>) => {
      const { kind, id } = grant.subject
      if (kind === 'link') throw new Error('A link is changed elsewhere')
      const subject = kind === 'user' ? ({ kind, id } as const) : ({ kind, id } as const)
      return putGrant(api, node.id, { subject, ...terms })
    },
    onError: fail,
    onSettled: changed,
  })
  const { role, customRoleId, expiresAt } = grant
  const terms = customRoleId === null ? { role } : { customRoleId }
  const removal = useMutation({
    mutationFn: () => removeGrant(api, node.id, grant.id),
    onSuccess: () => {
      const undo = { label: 'Undo', run: () => change.mutate({ ...terms, expiresAt }) }
      toasts.show(
        `${grant.subject.name} no longer has access to ${nodeName} from here`,
        // What was over already is not given back: it would have no end.
        isOver(expiresAt, Date.now()) ? {} : { action: undo },
      )
    },
    onError: fail,
    onSettled: changed,
  })
  return { change, removal }
}
