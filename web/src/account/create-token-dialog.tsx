import type { CreatedToken, TokenScope } from '@cloudsync/protocol'
import { useState, type FormEvent } from 'react'
import type { NewToken } from '../api/account-endpoints.ts'
import { errorLine } from '../api/describe-error.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { SecretBox } from '../ui/secret-box.tsx'
import { SelectField } from '../ui/select-field.tsx'
import styles from './account.module.css'
import { ChoiceOption } from './choice-option.tsx'
import { NotProvenError } from './use-proven.tsx'

export interface CreateTokenDialogProps {
  /** Whether the account may what the scope `admin` allows. */
  readonly canAdminister: boolean
  /** Whether a token need not end. */
  readonly mayLast: boolean
  readonly onCreate: (token: NewToken) => Promise<CreatedToken>
  readonly onClose: () => void
}

export function CreateTokenDialog(props: CreateTokenDialogProps) {
  const [created, setCreated] = useState<CreatedToken>()
  if (!created) return <TokenForm {...props} onCreated={setCreated} />
  return (
    <Dialog
      title={`Your token ${created.name}`}
      description="Copy it now: it is not shown again."
      onClose={props.onClose}
    >
      <SecretBox label="Token" text={created.token} />
      <DialogActions>
        <Button variant="primary" onClick={props.onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  )
}

const scopes: readonly { readonly value: TokenScope; readonly words: string }[] = [
  { value: 'files:read', words: 'Read files, folders and spaces, and follow their changes' },
  { value: 'files:write', words: 'Change files and folders, and type in texts' },
  { value: 'spaces:manage', words: 'Make spaces, and change their settings and members' },
  { value: 'account:read', words: 'See your profile, sessions and tokens' },
  { value: 'admin', words: 'Administer the server' },
]

/** In days. */
const lifetimes = [
  { value: '7', label: 'In a week' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '366', label: 'In a year' },
]
const endless = { value: 'endless', label: 'Never' }

function TokenForm({
  canAdminister,
  mayLast,
  onCreate,
  onCreated,
  onClose,
}: CreateTokenDialogProps & { readonly onCreated: (token: CreatedToken) => void }) {
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<readonly TokenScope[]>(['files:read'])
  const [lifetime, setLifetime] = useState('30')
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    setFault(undefined)
    const expiresInDays = lifetime === endless.value ? null : Number(lifetime)
    try {
      onCreated(await onCreate({ name: name.trim(), scopes: chosen, expiresInDays }))
    } catch (error) {
      if (!(error instanceof NotProvenError)) setFault(errorLine(error))
      setIsBusy(false)
    }
  }

  return (
    <Dialog title="New token" onClose={onClose}>
      <form className={styles.steps} onSubmit={(event) => void submit(event)}>
        <Field
          label="Name"
          name="name"
          placeholder="What uses it"
          required
          autoFocus
          autoComplete="off"
          maxLength={80}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <fieldset className={styles.options}>
          <legend>What it may do</legend>
          {scopes
            .filter(({ value }) => canAdminister || value !== 'admin')
            .map(({ value, words }) => (
              <ChoiceOption
                key={value}
                type="checkbox"
                label={<code>{value}</code>}
                hint={words}
                isChosen={chosen.includes(value)}
                onChange={(isChosen) =>
                  setChosen(isChosen ? [...chosen, value] : chosen.filter((one) => one !== value))
                }
              />
            ))}
        </fieldset>
        <SelectField
          label="It ends"
          value={lifetime}
          options={mayLast ? [...lifetimes, endless] : lifetimes}
          onChange={setLifetime}
        />
        {fault !== undefined && <FormError>{fault}</FormError>}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={isBusy || chosen.length === 0}>
            Make the token
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
