import type { PersonalToken } from '@cloudsync/protocol'
import { Terminal, Trash2 } from 'lucide-react'
import { formatTime } from '../files/format.ts'
import { IconButton } from '../ui/button.tsx'
import styles from './account.module.css'
import { Row } from './section.tsx'

export interface TokenListProps {
  readonly tokens: readonly PersonalToken[]
  readonly isBusy: boolean
  /** Unset: they are only shown. */
  readonly onRevoke: ((token: PersonalToken) => void) | undefined
}

export function TokenList({ tokens, isBusy, onRevoke }: TokenListProps) {
  return (
    <ul className={styles.rows} aria-label="Tokens">
      {tokens.map((token) => (
        <Row
          key={token.id}
          icon={<Terminal size={20} aria-hidden />}
          title={token.name}
          note={describeToken(token)}
        >
          {onRevoke && (
            <IconButton
              label={`Revoke ${token.name}`}
              disabled={isBusy}
              onClick={() => onRevoke(token)}
            >
              <Trash2 size={16} aria-hidden />
            </IconButton>
          )}
        </Row>
      ))}
    </ul>
  )
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })

function describeToken({ hint, scopes, expiresAt, lastUsedAt }: PersonalToken): string {
  const used = lastUsedAt === null ? 'never used' : `used ${formatTime(lastUsedAt, Date.now())}`
  const end = expiresAt === null ? 'does not end' : `ends ${day.format(new Date(expiresAt))}`
  return [`…${hint}`, scopes.join(', '), used, end].join(' · ')
}
