import type { CreatedInitialAccessToken } from '@cloudsync/protocol'
import { useState, type FormEvent } from 'react'
import styles from '../account/account.module.css'
import { Section } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { makeInitialAccessToken } from '../api/oauth-client-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { SecretBox } from '../ui/secret-box.tsx'
import { SelectField } from '../ui/select-field.tsx'
import { useMayChange } from './admin-page.tsx'
import { InitialAccessTokenList } from './initial-access-token-list.tsx'
import { useRefreshInitialAccessTokens } from './oauth-clients-query.ts'

/** In hours. */
const lifetimes = [
  { value: '1', label: 'For an hour' },
  { value: '24', label: 'For a day' },
  { value: '168', label: 'For a week' },
  { value: '720', label: 'For 30 days' },
]

export function SelfRegistrationSection() {
  const mayChange = useMayChange()
  return (
    <Section
      title="Apps that register themselves"
      text="They need a token for it. Nobody checks what such an app is called, and people are told so; it cannot ask to administer."
    >
      {mayChange && <TokenForm />}
      <InitialAccessTokenList />
    </Section>
  )
}

function TokenForm() {
  const { api } = useServices()
  const refresh = useRefreshInitialAccessTokens()
  const action = useAction()
  const [lifetime, setLifetime] = useState('24')
  const [token, setToken] = useState<CreatedInitialAccessToken>()

  function submit(event: FormEvent) {
    event.preventDefault()
    const seconds = Number(lifetime) * 3_600
    void action.run(async () => {
      setToken(await makeInitialAccessToken(api, seconds))
      await refresh()
    })
  }

  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <SelectField
          label="The token is good"
          value={lifetime}
          options={lifetimes}
          onChange={setLifetime}
        />
        <Button type="submit" disabled={action.isBusy}>
          Make a token
        </Button>
      </form>
      {token && <TokenDialog token={token} onClose={() => setToken(undefined)} />}
    </>
  )
}

interface TokenDialogProps {
  readonly token: CreatedInitialAccessToken
  readonly onClose: () => void
}

function TokenDialog({ token, onClose }: TokenDialogProps) {
  const end = new Date(token.expiresAt).toLocaleString()
  return (
    <Dialog
      title="A token to register with"
      description={`Whoever has it may register apps at /oauth/register until ${end}. Copy it now: it is not shown again.`}
      onClose={onClose}
    >
      <SecretBox label="Token" text={token.token} />
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  )
}
