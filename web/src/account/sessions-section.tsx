import type { SessionItem } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { Laptop, Smartphone, X } from 'lucide-react'
import { endOtherSessions, endSession } from '../api/account-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { formatExactTime, formatTime } from '../files/format.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { toasts } from '../ui/toast-list.ts'
import { sessionsQuery, useRefreshAccount } from './account-queries.ts'
import styles from './account.module.css'
import { describeUserAgent } from './describe-user-agent.ts'
import { Row, Section } from './section.tsx'
import { useAction } from './use-action.ts'

export function SessionsSection() {
  const { api } = useServices()
  const sessions = useQuery(sessionsQuery(api))
  const refresh = useRefreshAccount()
  const action = useAction()
  const hasOthers = sessions.data?.some(({ isCurrent }) => !isCurrent) === true

  const end = (session: SessionItem) =>
    action.run(async () => {
      await endSession(api, session.id)
      await refresh()
    })
  const endOthers = () =>
    action.run(async () => {
      await endOtherSessions(api)
      toasts.show('You are signed in here alone')
      await refresh()
    })

  return (
    <Section
      title="Where you are signed in"
      text="Sign out what you do not know, and change your password then."
      action={
        hasOthers ? (
          <Button disabled={action.isBusy} onClick={() => void endOthers()}>
            Sign out all others
          </Button>
        ) : undefined
      }
    >
      {sessions.isError && (
        <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />
      )}
      <ul className={styles.rows} aria-label="Sessions">
        {sessions.data?.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isBusy={action.isBusy}
            onEnd={() => void end(session)}
          />
        ))}
      </ul>
    </Section>
  )
}

interface SessionRowProps {
  readonly session: SessionItem
  readonly isBusy: boolean
  readonly onEnd: () => void
}

function SessionRow({ session, isBusy, onEnd }: SessionRowProps) {
  const device = describeUserAgent(session.userAgent)
  const Icon = /iPhone|Android|iPad/.test(device) ? Smartphone : Laptop
  const seen = formatTime(session.lastUsedAt, Date.now())
  return (
    <Row
      icon={<Icon size={20} aria-hidden />}
      title={device}
      badge={session.isCurrent ? 'This one' : undefined}
      note={
        <span title={`Since ${formatExactTime(session.createdAt)}`}>
          {[session.network, `active ${seen}`].filter((part) => part !== '').join(' · ')}
        </span>
      }
    >
      {!session.isCurrent && (
        <IconButton label={`Sign out ${device}`} disabled={isBusy} onClick={onEnd}>
          <X size={16} aria-hidden />
        </IconButton>
      )}
    </Row>
  )
}
