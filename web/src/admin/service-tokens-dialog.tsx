import type { AdminUser, PersonalToken } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import styles from '../account/account.module.css'
import { CreateTokenDialog } from '../account/create-token-dialog.tsx'
import { TokenList } from '../account/token-list.tsx'
import { useAction } from '../account/use-action.ts'
import { useProven } from '../account/use-proven.tsx'
import { createServiceToken, revokeServiceToken } from '../api/admin-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { useMayChange } from './admin-page.tsx'
import { serviceTokensQuery, useRefreshAdmin } from './admin-queries.ts'

export interface ServiceTokensDialogProps {
  readonly service: AdminUser
  readonly onClose: () => void
}

export function ServiceTokensDialog({ service, onClose }: ServiceTokensDialogProps) {
  const { api } = useServices()
  const tokens = useQuery(serviceTokensQuery(api, service.id))
  const refresh = useRefreshAdmin()
  const action = useAction()
  const proof = useProven()
  const mayChange = useMayChange()
  const [isCreating, setIsCreating] = useState(false)

  const revoke = (token: PersonalToken) =>
    action.run(async () => {
      await revokeServiceToken(api, service.id, token.id)
      await refresh()
    })

  if (isCreating)
    return (
      <>
        <CreateTokenDialog
          canAdminister={service.isAdmin}
          mayLast
          onCreate={async (token) => {
            const created = await proof.run(() => createServiceToken(api, service.id, token))
            await refresh()
            return created
          }}
          onClose={() => setIsCreating(false)}
        />
        {proof.dialog}
      </>
    )
  return (
    <Dialog
      title={`Tokens of ${service.name}`}
      description={`In spaces it is a member by the address ${service.email}.`}
      onClose={onClose}
      width="wide"
    >
      {tokens.isError && <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data?.length === 0 && <p className={styles.empty}>It has no tokens yet.</p>}
      {tokens.data && tokens.data.length > 0 && (
        <TokenList
          tokens={tokens.data}
          isBusy={action.isBusy}
          onRevoke={mayChange ? (token) => void revoke(token) : undefined}
        />
      )}
      <DialogActions>
        <Button onClick={onClose}>Done</Button>
        {mayChange && (
          <Button variant="primary" onClick={() => setIsCreating(true)}>
            New token
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}
