import type { ConnectedApp } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { Blocks } from 'lucide-react'
import { useState } from 'react'
import { disconnectApp } from '../api/account-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { formatTime } from '../files/format.ts'
import { describeScope } from '../oauth/describe-scope.ts'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { connectedAppsQuery, useRefreshAccount } from './account-queries.ts'
import styles from './account.module.css'
import { Row, Section } from './section.tsx'
import { useAction } from './use-action.ts'

export function ConnectedAppsSection() {
  const { api } = useServices()
  const apps = useQuery(connectedAppsQuery(api))
  const refresh = useRefreshAccount()
  const action = useAction()
  const [leaving, setLeaving] = useState<ConnectedApp>()

  const disconnect = (app: ConnectedApp) =>
    action.run(async () => {
      setLeaving(undefined)
      await disconnectApp(api, app.id)
      await refresh()
    })

  return (
    <Section title="Connected apps" text="Apps that you have let in, and what each may do.">
      {apps.isError && <ErrorState error={apps.error} onRetry={() => void apps.refetch()} />}
      {apps.data?.length === 0 && <p className={styles.empty}>You have let no app in.</p>}
      {apps.data && apps.data.length > 0 && (
        <ul className={styles.rows} aria-label="Connected apps">
          {apps.data.map((app) => (
            <Row
              key={app.id}
              icon={<Blocks size={20} aria-hidden />}
              title={app.name}
              note={describeApp(app)}
            >
              <Button disabled={action.isBusy} onClick={() => setLeaving(app)}>
                Disconnect
              </Button>
            </Row>
          ))}
        </ul>
      )}
      {leaving && (
        <ConfirmDialog
          title={`Disconnect ${leaving.name}?`}
          text="It is cut off at once, wherever it runs. It has to ask you before it comes back."
          action="Disconnect"
          isDangerous
          onConfirm={() => void disconnect(leaving)}
          onClose={() => setLeaving(undefined)}
        />
      )}
    </Section>
  )
}

function describeApp({ scopes, lastUsedAt }: ConnectedApp): string {
  const used = `used ${formatTime(lastUsedAt, Date.now())}`
  return [...scopes.map(describeScope), used].join(' · ')
}
