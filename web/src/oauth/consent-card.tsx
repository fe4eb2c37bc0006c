import type { ConsentRequest } from '@cloudsync/protocol'
import type { Decision } from '../api/oauth-endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { EntryPage } from '../session/entry-page.tsx'
import { Button } from '../ui/button.tsx'
import { FormError } from '../ui/field.tsx'
import { describeScope } from './describe-scope.ts'
import styles from './oauth.module.css'

export interface ConsentCardProps {
  readonly request: ConsentRequest
  readonly isBusy: boolean
  readonly fault: string | undefined
  readonly onDecide: (decision: Decision) => void
}

/** Which app asks, what for, and where the answer goes. */
export function ConsentCard({ request, isBusy, fault, onDecide }: ConsentCardProps) {
  const { client, scopes } = request
  return (
    <EntryPage title={`Let ${client.name} in?`}>
      <div className={styles.asked}>
        <p>It asks to:</p>
        <ul className={styles.scopes} aria-label="What the app may do">
          {scopes.map((scope) => (
            <li key={scope} className={styles.scope} data-strong={scope === 'admin' || undefined}>
              {describeScope(scope)}
            </li>
          ))}
        </ul>
      </div>
      <Destination client={client} />
      {fault !== undefined && <FormError>{fault}</FormError>}
      <div className={styles.decision}>
        <Button disabled={isBusy} onClick={() => onDecide('deny')}>
          Cancel
        </Button>
        <Button variant="primary" disabled={isBusy} onClick={() => onDecide('allow')}>
          Allow
        </Button>
      </div>
      <WhoIsHere />
    </EntryPage>
  )
}

function Destination({ client }: { readonly client: ConsentRequest['client'] }) {
  return (
    <div className={styles.facts}>
      <p>
        {client.redirectHost === null ? (
          'The device that shows the code is signed in as you.'
        ) : (
          <>
            You are sent on to <strong>{client.redirectHost}</strong>.
          </>
        )}{' '}
        You can take this back at any time, under Connected apps.
      </p>
      {!client.isVerified && (
        <p>The app has registered itself: nobody here has checked that it is what its name says.</p>
      )}
    </div>
  )
}

function WhoIsHere() {
  const { session } = useServices()
  const me = useMe()
  return (
    <div className={styles.me}>
      <span>Signed in as {me.email}</span>
      <Button variant="quiet" onClick={() => void session.signOut()}>
        Not you?
      </Button>
    </div>
  )
}
