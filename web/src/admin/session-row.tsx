import type { AdminSession } from '@cloudsync/protocol'
import { Laptop, Smartphone, Terminal, X } from 'lucide-react'
import { describeUserAgent } from '../account/describe-user-agent.ts'
import { Row } from '../account/section.tsx'
import { formatExactTime, formatTime } from '../files/format.ts'
import { IconButton } from '../ui/button.tsx'

export interface SessionRowProps {
  readonly session: AdminSession
  /** Whose it is goes without saying. */
  readonly isOfOne: boolean
  readonly isBusy: boolean
  /** Unset: it is only shown. */
  readonly onEnd: (() => void) | undefined
}

export function SessionRow({ session, isOfOne, isBusy, onEnd }: SessionRowProps) {
  const means = describeMeans(session)
  const parts = [
    isOfOne ? '' : means,
    session.network,
    `active ${formatTime(session.lastUsedAt, Date.now())}`,
  ]
  return (
    <Row
      icon={<Icon session={session} means={means} />}
      title={isOfOne ? means : session.userName}
      badge={session.isCurrent ? 'This one' : undefined}
      note={
        <span title={`${session.userEmail}, since ${formatExactTime(session.createdAt)}`}>
          {parts.filter((part) => part !== '').join(' · ')}
        </span>
      }
    >
      {onEnd && (
        <IconButton label={`End ${means} of ${session.userName}`} disabled={isBusy} onClick={onEnd}>
          <X size={16} aria-hidden />
        </IconButton>
      )}
    </Row>
  )
}

function Icon({ session, means }: { readonly session: AdminSession; readonly means: string }) {
  if (session.kind === 'token') return <Terminal size={20} aria-hidden />
  const isPhone = /iPhone|Android|iPad/.test(means)
  return isPhone ? <Smartphone size={20} aria-hidden /> : <Laptop size={20} aria-hidden />
}

/** By what somebody is signed in. */
function describeMeans({ kind, tokenName, appName, userAgent }: AdminSession): string {
  if (kind === 'token') return tokenName === null ? (appName ?? 'An app') : `Token ${tokenName}`
  return describeUserAgent(userAgent)
}
