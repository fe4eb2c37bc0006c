import { AdminPage } from './admin-page.tsx'
import { InvitationsSection } from './invitations-section.tsx'
import { PeopleSection } from './people-section.tsx'

/** Who has an account here. */
export function UsersPage() {
  return (
    <AdminPage title="Users">
      <InvitationsSection />
      <PeopleSection />
    </AdminPage>
  )
}
