import { useMutation } from '@tanstack/react-query'
import type { Grant, Me, Node, PutGrantRequest } from '@cloudsync/protocol'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { putGrant } from '../api/access-endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { SelectField } from '../ui/select-field.tsx'
import { toasts } from '../ui/toast-list.ts'
import { describeGivingFault, type GivingFault } from './describe-giving-fault.ts'
import { dayOf, endOfDay, isOver } from './expiry.ts'
import { RecipientField } from './recipient-field.tsx'
import { choiceOf, type RoleChoice } from './role-choices.ts'
import { useRecipients, useSharingChanged } from './sharing-queries.ts'
import type { Recipient } from './suggestions.ts'
import styles from './share.module.css'

export interface AddPeopleProps {
  readonly node: Node
  /** Of the node, as a person calls it. */
  readonly name: string
  /** What this person may give. */
  readonly choices: readonly RoleChoice[]
  /** What is given on the node already. */
  readonly direct: readonly Grant[]
}

/** Gives somebody a role on a node, for good or until a day. */
export function AddPeople({ node, name, choices, direct }: AddPeopleProps) {
  const me = useMe()
  const recipients = useRecipients()
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState<Recipient>()
  const [roleValue, setRoleValue] = useState('viewer')
  const [day, setDay] = useState('')
  const [fault, setFault] = useState<GivingFault>()
  const field = useRef<HTMLInputElement>(null)
  const role = choices.find(({ value }) => value === roleValue) ?? choices[0]
  const giving = useGiving(node, name, () => {
    setTyped('')
    setChosen(undefined)
    setDay('')
    field.current?.focus()
  })

  // On a phone its keyboard would cover the rest.
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [])

  function submit(event: FormEvent) {
    event.preventDefault()
    const subject = subjectOf(typed, chosen)
    const found = findFault(subject, endOfDay(day), me)
    setFault(found)
    if (found?.at === 'who') field.current?.focus()
    if (!found && subject && role)
      giving.mutate({ subject, ...role.terms, expiresAt: endOfDay(day) })
  }

  const shown = fault ?? (giving.isError ? describeGivingFault(giving.error) : undefined)
  return (
    <form className={styles.add} onSubmit={submit} noValidate>
      <RecipientField
        ref={field}
        recipients={recipients}
        value={typed}
        error={shown?.at === 'who' ? shown.text : undefined}
        onType={(text) => {
          setTyped(text)
          setChosen(undefined)
          setFault(undefined)
          giving.reset()
        }}
        onChoose={(recipient) => {
          setTyped(recipient.name)
          setChosen(recipient)
          setFault(undefined)
        }}
      />
      <div className={styles.terms}>
        <SelectField
          label="Role"
          options={choices}
          value={role?.value ?? ''}
          onChange={setRoleValue}
        />
        <Field
          label="Until (if you like)"
          type="date"
          min={dayOf(new Date())}
          value={day}
          error={shown?.at === 'day' ? shown.text : undefined}
          onChange={(event) => {
            setDay(event.target.value)
            giving.reset()
          }}
        />
        <Button type="submit" variant="primary" disabled={giving.isPending || !role}>
          Share
        </Button>
      </div>
      {shown?.at === 'all' ? (
        <FormError>{shown.text}</FormError>
      ) : (
        <p className={styles.hint}>{describeReplaced(direct, choices, chosen) ?? role?.hint}</p>
      )}
    </form>
  )
}

function findFault(
  subject: PutGrantRequest['subject'] | undefined,
  expiresAt: string | null,
  me: Me,
): GivingFault | undefined {
  if (!subject)
    return { at: 'who', text: 'Choose somebody from the list, or give an e-mail address' }
  if ('email' in subject && subject.email.toLowerCase() === me.email.toLowerCase())
    return { at: 'who', text: 'That is you: nobody gives a role to themselves' }
  if (isOver(expiresAt, Date.now())) return { at: 'day', text: 'This day is over already' }
  return undefined
}

/** Whoever has a role here already gets the new one in its place. */
function describeReplaced(
  direct: readonly Grant[],
  choices: readonly RoleChoice[],
  chosen: Recipient | undefined,
): string | undefined {
  const grant = chosen && direct.find(({ subject }) => subject.id === chosen.id)
  const role = grant && choiceOf(choices, grant)
  return role && `${grant.subject.name} is ${role.label.toLowerCase()} already; this replaces it.`
}

function useGiving(node: Node, name: string, onDone: () => void) {
  const { api } = useServices()
  const changed = useSharingChanged(node.id)
  return useMutation({
    mutationFn: (request: PutGrantRequest) => putGrant(api, node.id, request),
    onSuccess: ({ subject }) => {
      toasts.show(`${name} is shared with ${subject.name}`)
      onDone()
    },
    onSettled: changed,
  })
}

function subjectOf(
  typed: string,
  chosen: Recipient | undefined,
): PutGrantRequest['subject'] | undefined {
  if (chosen?.kind === 'user') return { kind: 'user', id: chosen.id }
  if (chosen?.kind === 'group') return { kind: 'group', id: chosen.id }
  const email = typed.trim()
  return /^[^\s@]+@[^\s@]+$/u.test(email) ? { kind: 'user', email } : undefined
}
