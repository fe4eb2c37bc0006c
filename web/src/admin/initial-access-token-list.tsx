import type { InitialAccessToken } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { KeyRound, X } from 'lucide-react'
import styles from '../account/account.module.css'
import { Row } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { revokeInitialAccessToken } from '../api/oauth-client-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { formatTime } from '../files/format.ts'
import { IconButton } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useMayChange } from './admin-page.tsx'
import { initialAccessTokensQuery, useRefreshInitialAccessTokens } from './oauth-clients-query.ts'

/** The tokens by which apps may register themselves now, the newest first. */
export function InitialAccessTokenList() {
  const { api } = useServices()
  const tokens = useQuery(initialAccessTokensQuery(api))
  const refresh = useRefreshInitialAccessTokens()
  const action = useAction()
  const mayChange = useMayChange()

  const revoke = ({ id }: InitialAccessToken) =>
    action.run(async () => {
      await revokeInitialAccessToken(api, id)
      toasts.show('The token is revoked')
      await refresh()
    })

  if (tokens.isError)
    return <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />
  if (tokens.data?.length === 0) return <p className={styles.empty}>No app has a token for it.</p>
  return (
    <ul className={styles.rows} aria-label="Tokens to register with">
      {tokens.data?.map((token) => (
        <Row
          key={token.id}
          icon={<KeyRound size={20} aria-hidden />}
          title={describeMaking(token)}
          note={`Good until ${new Date(token.expiresAt).toLocaleString()}`}
        >
          {mayChange && (
            <IconButton
              label={`Revoke the token: ${describeMaking(token)}`}
              disabled={action.isBusy}
              onClick={() => void revoke(token)}
            >
              <X size={16} aria-hidden />
            </IconButton>
          )}
        </Row>
      ))}
    </ul>
  )
}

function describeMaking({ createdBy, createdAt }: InitialAccessToken): string {
  const when = formatTime(createdAt, Date.now())
  return createdBy === null ? `Made ${when}` : `Made by ${createdBy}, ${when}`
}
