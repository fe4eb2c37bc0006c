import { Link } from '@tanstack/react-router'
import styles from '../account/account.module.css'
import { ApiError } from '../api/api-error.ts'
import { useMe } from '../app/services.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { InvitationsSection } from './invitations-section.tsx'
import { PeopleSection } from './people-section.tsx'
import { SignUpSection } from './sign-up-section.tsx'

/** Who has an account here, and how one comes by one. */
export function UsersPage() {
  const me = useMe()
  usePageTitle('Users')
  return (
    <>
      <PageHeader title="Users" />
      {me.isAdmin ? (
        <div className={styles.page}>
          <div className={styles.column}>
            <InvitationsSection />
            <PeopleSection />
            <SignUpSection />
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
