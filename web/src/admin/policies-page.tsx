import { useQuery } from '@tanstack/react-query'
import styles from '../account/account.module.css'
import { Section } from '../account/section.tsx'
import { useServices } from '../app/services.tsx'
import { formatSize } from '../files/format.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { AdminPage } from './admin-page.tsx'
import { spaceDefaultsQuery } from './admin-queries.ts'
import { countWords } from './count-words.ts'
import { SecondFactorSection } from './second-factor-section.tsx'
import { SignUpSection } from './sign-up-section.tsx'

/** What holds for everybody here. */
export function PoliciesPage() {
  return (
    <AdminPage title="Policies">
      <SignUpSection />
      <SecondFactorSection />
      <NewSpacesSection />
      <SignInSection />
    </AdminPage>
  )
}

function NewSpacesSection() {
  const { api } = useServices()
  const defaults = useQuery(spaceDefaultsQuery(api))
  return (
    <Section
      title="New spaces"
      text="What holds in a space until somebody changes it there. The server has it from its settings DEFAULT_SPACE_QUOTA and TRASH_RETENTION."
    >
      {defaults.isError && (
        <ErrorState error={defaults.error} onRetry={() => void defaults.refetch()} />
      )}
      {defaults.data && (
        <dl className={styles.facts}>
          <dt>Quota</dt>
          <dd>
            {defaults.data.quotaBytes === null ? 'No limit' : formatSize(defaults.data.quotaBytes)}
          </dd>
          <dt>The trash keeps things</dt>
          <dd>{countWords(defaults.data.trashDays, 'day', 'days')}</dd>
        </dl>
      )}
    </Section>
  )
}

function SignInSection() {
  return (
    <Section title="Passwords and second factors" text="These hold for everybody, always.">
      <dl className={styles.facts}>
        <dt>Password</dt>
        <dd>At least 10 characters, and none of those that are guessed first</dd>
        <dt>Second factor</dt>
        <dd>An app, with recovery codes, or a passkey, which also signs in alone</dd>
        <dt>To change either</dt>
        <dd>The password again, when it was typed more than a quarter of an hour ago</dd>
      </dl>
    </Section>
  )
}
