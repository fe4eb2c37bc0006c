import type { NewOAuthClient, OAuthClient, OAuthScope } from '@cloudsync/protocol'
import { useState, type FormEvent } from 'react'
import styles from '../account/account.module.css'
import { ChoiceOption } from '../account/choice-option.tsx'
import { ApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { allScopes, describeScope } from '../oauth/describe-scope.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { TextAreaField } from '../ui/text-area-field.tsx'
import { clientKinds } from './oauth-client-kinds.ts'

export interface OAuthClientDialogProps {
  readonly title: string
  /** On the button. */
  readonly action: string
  /** The app that is changed; unset: a new one. */
  readonly client?: OAuthClient
  readonly onSave: (client: NewOAuthClient) => Promise<void>
  readonly onClose: () => void
}

const emptyClient: NewOAuthClient = {
  name: '',
  kind: 'web',
  redirectUris: [],
  scopes: ['openid', 'profile', 'email'],
}

export function OAuthClientDialog(props: OAuthClientDialogProps) {
  const { title, action, client = emptyClient, onSave, onClose } = props
  const [name, setName] = useState(client.name)
  const [kind, setKind] = useState(client.kind)
  const [uris, setUris] = useState(client.redirectUris.join('\n'))
  const [scopes, setScopes] = useState<readonly OAuthScope[]>(client.scopes)
  const [fault, setFault] = useState<unknown>()
  const [isBusy, setIsBusy] = useState(false)
  const redirectUris = uris.split(/\s+/).filter((uri) => uri !== '')
  // By a code that people type, apps on their machines need none.
  const isComplete = scopes.length > 0 && (redirectUris.length > 0 || kind === 'native')
  const faultOfUris = findFaultOfUris(fault)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    setFault(undefined)
    try {
      await onSave({ name: name.trim(), kind, redirectUris, scopes: [...scopes] })
    } catch (error) {
      setFault(error)
      setIsBusy(false)
    }
  }

  return (
    <Dialog title={title} onClose={onClose} width="wide">
      <form className={styles.steps} onSubmit={(event) => void submit(event)}>
        <Field
          label="Name"
          name="name"
          hint="People see it when the app asks them."
          required
          autoFocus
          autoComplete="off"
          maxLength={100}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        {props.client === undefined && <KindChoice kind={kind} onChange={setKind} />}
        <TextAreaField
          label="Redirect URIs"
          name="redirectUris"
          hint="One on a line, letter by letter as the app sends them."
          rows={3}
          spellCheck={false}
          value={uris}
          onChange={({ target }) => setUris(target.value)}
          error={faultOfUris}
        />
        <fieldset className={styles.options}>
          <legend>What it may ask for</legend>
          {allScopes.map((scope) => (
            <ChoiceOption
              key={scope}
              type="checkbox"
              label={<code>{scope}</code>}
              hint={describeScope(scope)}
              isChosen={scopes.includes(scope)}
              onChange={(isChosen) =>
                setScopes(isChosen ? [...scopes, scope] : scopes.filter((one) => one !== scope))
              }
            />
          ))}
        </fieldset>
        {fault !== undefined && faultOfUris === undefined && (
          <FormError>{errorLine(fault)}</FormError>
        )}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={isBusy || !isComplete || name.trim() === ''}
          >
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

interface KindChoiceProps {
  readonly kind: OAuthClient['kind']
  readonly onChange: (kind: OAuthClient['kind']) => void
}

function KindChoice({ kind, onChange }: KindChoiceProps) {
  return (
    <fieldset className={styles.options}>
      <legend>What it is</legend>
      {(Object.keys(clientKinds) as OAuthClient['kind'][]).map((value) => (
        <ChoiceOption
          key={value}
          type="radio"
          name="kind"
          label={clientKinds[value].label}
          hint={clientKinds[value].hint}
          isChosen={kind === value}
          onChange={() => onChange(value)}
        />
      ))}
    </fieldset>
  )
}

/** What the server says of one of them. */
function findFaultOfUris(error: unknown): string | undefined {
  if (!(error instanceof ApiError)) return undefined
  const wrong = error.errors.find(({ path }) => path.includes('redirectUris'))
  return wrong && `Each ${wrong.message}.`
}
