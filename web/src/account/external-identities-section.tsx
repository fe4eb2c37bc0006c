import { errorCodes, type ErrorCode, type ExternalIdentity } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useEffect } from 'react'
import { disconnectIdentity, startExternalLink } from '../api/account-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { toasts } from '../ui/toast-list.ts'
import {
  externalIdentitiesQuery,
  signInProvidersQuery,
  useRefreshAccount,
} from './account-queries.ts'
import styles from './account.module.css'
import { Row, Section } from './section.tsx'
import { useAction } from './use-action.ts'
import { useProven } from './use-proven.tsx'

/** Accounts elsewhere by which somebody signs in; nothing where nobody can have any. */
export function ExternalIdentitiesSection() {
  const { api } = useServices()
  const providers = useQuery(signInProvidersQuery(api))
  const identities = useQuery(externalIdentitiesQuery(api))
  const refresh = useRefreshAccount()
  const { run, dialog } = useProven()
  const action = useAction()
  useEffect(showOutcome, [])
  const known = identities.data ?? []
  const offered = providers.data ?? []
  if (known.length === 0 && offered.length === 0) return null

  const connect = (id: string) =>
    action.run(async () => location.assign(await run(() => startExternalLink(api, id))))
  const disconnect = ({ id }: ExternalIdentity) =>
    action.run(async () => {
      await run(() => disconnectIdentity(api, id))
      await refresh()
    })

  return (
    <Section title="Other sign-ins" text="Accounts elsewhere by which you sign in here.">
      {identities.isError && (
        <ErrorState error={identities.error} onRetry={() => void identities.refetch()} />
      )}
      {known.length > 0 && (
        <ul className={styles.rows} aria-label="Other sign-ins">
          {known.map((identity) => (
            <Row
              key={identity.id}
              icon={<KeyRound size={20} aria-hidden />}
              title={identity.providerName}
              note={identity.email ?? undefined}
            >
              <Button disabled={action.isBusy} onClick={() => void disconnect(identity)}>
                Disconnect
              </Button>
            </Row>
          ))}
        </ul>
      )}
      <div className={styles.buttons}>
        {offered.map(({ id, name }) => (
          <Button key={id} disabled={action.isBusy} onClick={() => void connect(id)}>
            Connect {name}
          </Button>
        ))}
      </div>
      {dialog}
    </Section>
  )
}

/** What became of a connection that was begun here. */
function showOutcome(): void {
  const code = new URLSearchParams(location.search).get('error')
  if (code === null) return
  history.replaceState(history.state, '', location.pathname)
  if (Object.hasOwn(errorCodes, code))
    toasts.show(errorCodes[code as ErrorCode].title, { tone: 'error' })
}
