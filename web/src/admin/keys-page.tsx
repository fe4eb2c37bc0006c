import { useQuery } from '@tanstack/react-query'
import { useServices } from '../app/services.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { AdminPage } from './admin-page.tsx'
import { keysQuery } from './admin-queries.ts'
import { DataKeysSection } from './data-keys-section.tsx'
import { SigningKeysSection } from './signing-keys-section.tsx'

/** Which keys the installation has; never a key itself. */
export function KeysPage() {
  const { api } = useServices()
  const keys = useQuery(keysQuery(api))
  return (
    <AdminPage title="Keys">
      {keys.isError && !keys.data && (
        <ErrorState error={keys.error} onRetry={() => void keys.refetch()} />
      )}
      {keys.data && (
        <>
          <SigningKeysSection keys={keys.data.signingKeys} />
          <DataKeysSection keys={keys.data.dataKeys} />
        </>
      )}
    </AdminPage>
  )
}
