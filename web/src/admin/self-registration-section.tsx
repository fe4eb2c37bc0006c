import type { InitialAccessToken } from '@cloudsync/protocol'
import { useState, type FormEvent } from 'react'
import styles from '../account/account.module.css'
import { Section } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { makeInitialAccessToken } from '../api/oauth-client-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { SecretBox } from '../ui/secret-box.tsx'

const hour = 3_600
const lifetimes = [
  { seconds: hour, words: 'For an hour' },
  { seconds: 24 * hour, words: 'For a day' },
  { seconds: 7 * 24 * hour, words: 'For a week' },
  { seconds: 30 * 24 * hour, words: 'For 30 days' },
] as const

export function SelfRegistrationSection() {
  const { api } = useServices()
  const action = useAction()
  const [seconds, setSeconds] = useState<number>(lifetimes[1].seconds)
  const [token, setToken] = useState<InitialAccessToken>()

  function submit(event: FormEvent) {
    event.preventDefault()
    void action.run(async () => setToken(await makeInitialAccessToken(api, seconds)))
  }

  return (
    <Section
      title="Apps that register themselves"
      text="They need a token for it. Nobody checks what such an app is called, and people are told so; it cannot ask to administer."
    >
      <form className={styles.form} onSubmit={submit}>
        <label className={styles.select}>
          The token is good
          <select
            value={String(seconds)}
            onChange={({ target }) => setSeconds(Number(target.value))}
          >
            {lifetimes.map(({ seconds: value, words }) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <Button type="submit" disabled={action.isBusy}>
          Make a token
        </Button>
      </form>
      {token && <TokenDialog token={token} onClose={() => setToken(undefined)} />}
    </Section>
  )
}

interface TokenDialogProps {
  readonly token: InitialAccessToken
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
