import type { CreatedToken, TokenScope } from '@cloudsync/protocol'
import { useId, useState, type FormEvent } from 'react'
import type { NewToken } from '../api/account-endpoints.ts'
import { errorLine } from '../api/describe-error.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { SecretBox } from '../ui/secret-box.tsx'
import styles from './account.module.css'
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

const lifetimes = [
  { days: 7, words: 'In a week' },
  { days: 30, words: 'In 30 days' },
  { days: 90, words: 'In 90 days' },
  { days: 366, words: 'In a year' },
] as const

function TokenForm({
  canAdminister,
  mayLast,
  onCreate,
  onCreated,
  onClose,
}: CreateTokenDialogProps & { readonly onCreated: (token: CreatedToken) => void }) {
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<readonly TokenScope[]>(['files:read'])
  const [days, setDays] = useState<number | null>(30)
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    setFault(undefined)
    try {
      onCreated(await onCreate({ name: name.trim(), scopes: chosen, expiresInDays: days }))
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
              <ScopeOption
                key={value}
                scope={value}
                words={words}
                isChosen={chosen.includes(value)}
                onChange={(isChosen) =>
                  setChosen(isChosen ? [...chosen, value] : chosen.filter((one) => one !== value))
                }
              />
            ))}
        </fieldset>
        <label className={styles.select}>
          It ends
          <select
            value={String(days)}
            onChange={({ target }) =>
              setDays(target.value === 'null' ? null : Number(target.value))
            }
          >
            {lifetimes.map(({ days: value, words }) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
            {mayLast && <option value="null">Never</option>}
          </select>
        </label>
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

interface ScopeOptionProps {
  readonly scope: TokenScope
  readonly words: string
  readonly isChosen: boolean
  readonly onChange: (isChosen: boolean) => void
}

function ScopeOption({ scope, words, isChosen, onChange }: ScopeOptionProps) {
  const id = useId()
  return (
    <div className={styles.option}>
      <input
        type="checkbox"
        id={id}
        aria-describedby={`${id}-words`}
        checked={isChosen}
        onChange={({ target }) => onChange(target.checked)}
      />
      <label htmlFor={id}>
        <code>{scope}</code>
      </label>
      <p id={`${id}-words`}>{words}</p>
    </div>
  )
}
