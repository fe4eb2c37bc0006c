import type { PersonalToken } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { createToken, revokeToken } from '../api/account-endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { tokensQuery, useRefreshAccount } from './account-queries.ts'
import { CreateTokenDialog } from './create-token-dialog.tsx'
import { Section } from './section.tsx'
import { TokenList } from './token-list.tsx'
import { useAction } from './use-action.ts'
import { useProven } from './use-proven.tsx'

export function TokensSection() {
  const { api } = useServices()
  const me = useMe()
  const tokens = useQuery(tokensQuery(api))
  const refresh = useRefreshAccount()
  const { run, dialog } = useProven()
  const action = useAction()
  const [isCreating, setIsCreating] = useState(false)
  const [revoking, setRevoking] = useState<PersonalToken>()

  const revoke = (token: PersonalToken) =>
    action.run(async () => {
      setRevoking(undefined)
      await revokeToken(api, token.id)
      await refresh()
    })

  return (
    <Section
      title="Access tokens"
      text="For your scripts and programs, instead of your password. Each may do what its scopes say."
      action={<Button onClick={() => setIsCreating(true)}>New token</Button>}
    >
      {tokens.isError && <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data && tokens.data.length > 0 && (
        <TokenList tokens={tokens.data} isBusy={action.isBusy} onRevoke={setRevoking} />
      )}
      {isCreating && (
        <CreateTokenDialog
          canAdminister={me.isAdmin || me.isAuditor}
          mayLast={false}
          onCreate={async (token) => {
            const created = await run(() => createToken(api, token))
            await refresh()
            return created
          }}
          onClose={() => setIsCreating(false)}
        />
      )}
      {revoking && (
        <ConfirmDialog
          title={`Revoke ${revoking.name}?`}
          text="Whatever uses it is cut off at once."
          action="Revoke"
          isDangerous
          onConfirm={() => void revoke(revoking)}
          onClose={() => setRevoking(undefined)}
        />
      )}
      {dialog}
    </Section>
  )
}
