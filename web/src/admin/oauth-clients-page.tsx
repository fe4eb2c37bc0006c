import { AdminPage } from './admin-page.tsx'
import { OAuthClientsSection } from './oauth-clients-section.tsx'
import { SelfRegistrationSection } from './self-registration-section.tsx'

/** Which apps may ask people to let them in. */
export function OAuthClientsPage() {
  return (
    <AdminPage title="Apps">
      <OAuthClientsSection />
      <SelfRegistrationSection />
    </AdminPage>
  )
}
