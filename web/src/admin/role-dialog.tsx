import { permissions, type CustomRole, type CustomRoleRequest } from '@cloudsync/protocol'
import { useState, type FormEvent } from 'react'
import styles from '../account/account.module.css'
import { ChoiceOption } from '../account/choice-option.tsx'
import { changeRole, createRole } from '../api/admin-access-endpoints.ts'
import { isApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { roleNames } from '../files/space-role.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { SelectField } from '../ui/select-field.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useRefreshAdmin } from './admin-queries.ts'
import { givenRoles, permissionWords, type GivenPermission } from './permission-words.ts'

export interface RoleDialogProps {
  /** Unset: a new one. */
  readonly role: CustomRole | undefined
  readonly onClose: () => void
}

type Draft = Readonly<CustomRoleRequest>

const given = permissions.filter((permission) => permission !== 'space.own')

function draftOf(role: CustomRole | undefined): Draft {
  return {
    name: role?.name ?? '',
    permissions: given.filter((one) => role?.permissions.includes(one) ?? one === 'node.read'),
    countsAs: givenRoles.find((one) => one === role?.countsAs) ?? 'viewer',
  }
}

/** Makes a custom role, or changes what it is for all who have it. */
export function RoleDialog({ role, onClose }: RoleDialogProps) {
  const { api } = useServices()
  const refresh = useRefreshAdmin()
  const [draft, setDraft] = useState(() => draftOf(role))
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  const change = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }))

  async function submit(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    setFault(undefined)
    try {
      const request = { ...draft, name: draft.name.trim(), permissions: [...draft.permissions] }
      const saved = role ? await changeRole(api, role.id, request) : await createRole(api, request)
      toasts.show(role ? `${saved.name} is changed` : `${saved.name} can be given now`)
      onClose()
      await refresh()
    } catch (error) {
      const isTaken = isApiError(error, 'name_taken')
      setFault(isTaken ? 'Another role is called that.' : errorLine(error))
      setIsBusy(false)
    }
  }

  return (
    <Dialog
      title={role ? `Change ${role.name}` : 'New role'}
      description={role && 'It changes at once for everybody who has it.'}
      onClose={onClose}
    >
      <form className={styles.steps} onSubmit={(event) => void submit(event)}>
        <Field
          label="Name"
          name="name"
          required
          autoFocus
          autoComplete="off"
          maxLength={80}
          value={draft.name}
          onChange={({ target }) => change({ name: target.value })}
          error={fault}
        />
        <PermissionsChoice
          chosen={draft.permissions}
          onChange={(chosen) => change({ permissions: [...chosen] })}
        />
        <SelectField
          label="For apps that know only built-in roles it counts as"
          value={draft.countsAs}
          options={givenRoles.map((value) => ({ value, label: roleNames[value] }))}
          onChange={(countsAs) => change({ countsAs })}
        />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={isBusy || draft.name.trim() === ''}>
            Save
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

interface PermissionsChoiceProps {
  readonly chosen: readonly GivenPermission[]
  readonly onChange: (chosen: readonly GivenPermission[]) => void
}

function PermissionsChoice({ chosen, onChange }: PermissionsChoiceProps) {
  return (
    <fieldset className={styles.options}>
      <legend>Who has it may</legend>
      {given.map((permission) => (
        <ChoiceOption
          key={permission}
          type="checkbox"
          label={permissionWords[permission]}
          // Whoever has a role at all may read.
          isDisabled={permission === 'node.read'}
          isChosen={chosen.includes(permission)}
          onChange={(isChosen) =>
            onChange(given.filter((one) => (one === permission ? isChosen : chosen.includes(one))))
          }
        />
      ))}
    </fieldset>
  )
}
