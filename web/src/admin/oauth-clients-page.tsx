import { Link } from '@tanstack/react-router'
import styles from '../account/account.module.css'
import { ApiError } from '../api/api-error.ts'
import { useMe } from '../app/services.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { OAuthClientsSection } from './oauth-clients-section.tsx'
import { SelfRegistrationSection } from './self-registration-section.tsx'

/** Which apps may ask people to let them in. */
export function OAuthClientsPage() {
  const me = useMe()
  usePageTitle('Apps')
  return (
    <>
      <PageHeader title="Apps" />
      {me.isAdmin ? (
        <div className={styles.page}>
          <div className={styles.column}>
            <OAuthClientsSection />
            <SelfRegistrationSection />
          </div>
        </div>
      ) : (
        <ErrorState error={new ApiError('forbidden')}>
          <Link to="/">Go to your files</Link>
        </ErrorState>
      )}
    </>
  )
}
