import { useQuery } from '@tanstack/react-query'
import { useServices } from '../app/services.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { accountQuery } from './account-queries.ts'
import styles from './account.module.css'
import { ConnectedAppsSection } from './connected-apps-section.tsx'
import { ExternalIdentitiesSection } from './external-identities-section.tsx'
import { PasskeysSection } from './passkeys-section.tsx'
import { PasswordSection } from './password-section.tsx'
import { ProfileSection } from './profile-section.tsx'
import { SessionsSection } from './sessions-section.tsx'
import { TokensSection } from './tokens-section.tsx'
import { TwoFactorSection } from './two-factor-section.tsx'

const title = 'Profile and security'

/** What somebody says of themselves, and what keeps their account safe. */
export function AccountPage() {
  const { api } = useServices()
  const account = useQuery(accountQuery(api))
  usePageTitle(title)
  return (
    <>
      <PageHeader title={title} />
      {account.isError && !account.data && (
        <ErrorState error={account.error} onRetry={() => void account.refetch()} />
      )}
      {account.data && (
        <div className={styles.page}>
          <div className={styles.column}>
            <ProfileSection account={account.data} />
            <PasswordSection />
            <TwoFactorSection account={account.data} />
            <PasskeysSection />
            <SessionsSection />
            <ExternalIdentitiesSection />
            <ConnectedAppsSection />
            <TokensSection />
          </div>
        </div>
      )}
    </>
  )
}
