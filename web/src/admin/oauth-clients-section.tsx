import type { CreatedOAuthClient } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import styles from '../account/account.module.css'
import { Section } from '../account/section.tsx'
import { createOAuthClient } from '../api/oauth-client-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { useMayChange } from './admin-page.tsx'
import { OAuthClientDialog } from './oauth-client-dialog.tsx'
import { OAuthClientRow } from './oauth-client-row.tsx'
import { oauthClientsQuery, useRefreshOAuthClients } from './oauth-clients-query.ts'
import { OAuthCredentialsDialog } from './oauth-credentials-dialog.tsx'

type Open =
  | { readonly kind: 'new' }
  | { readonly kind: 'created'; readonly client: CreatedOAuthClient }

export function OAuthClientsSection() {
  const { api } = useServices()
  const clients = useQuery(oauthClientsQuery(api))
  const refresh = useRefreshOAuthClients()
  const mayChange = useMayChange()
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)

  return (
    <Section
      title="Apps"
      text="Each may ask people to let it in, and then act for them as far as its scopes say."
      action={
        mayChange ? <Button onClick={() => setOpen({ kind: 'new' })}>New app</Button> : undefined
      }
    >
      {clients.isError && (
        <ErrorState error={clients.error} onRetry={() => void clients.refetch()} />
      )}
      <ul className={styles.rows} aria-label="Apps">
        {clients.data?.map((client) => (
          <OAuthClientRow key={client.id} client={client} />
        ))}
      </ul>
      {open?.kind === 'new' && (
        <OAuthClientDialog
          title="New app"
          action="Register"
          onSave={async (client) => {
            setOpen({ kind: 'created', client: await createOAuthClient(api, client) })
            await refresh()
          }}
          onClose={close}
        />
      )}
      {open?.kind === 'created' && (
        <OAuthCredentialsDialog
          title={`${open.client.name} is registered`}
          clientId={open.client.id}
          clientSecret={open.client.clientSecret}
          onClose={close}
        />
      )}
    </Section>
  )
}
