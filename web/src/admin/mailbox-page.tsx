import type { MailboxItem } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import styles from '../account/account.module.css'
import { Section } from '../account/section.tsx'
import { useServices } from '../app/services.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { mailboxQuery } from './admin-queries.ts'

/** What would have been sent, where the server keeps mails instead. */
export function MailboxPage() {
  const { api } = useServices()
  const mailbox = useQuery(mailboxQuery(api))
  usePageTitle('Mailbox')
  return (
    <>
      <PageHeader title="Mailbox" />
      {mailbox.isError && !mailbox.data && (
        <ErrorState error={mailbox.error} onRetry={() => void mailbox.refetch()} />
      )}
      {mailbox.data?.length === 0 && (
        <EmptyState title="No mails yet" hint="What the server would send is shown here." />
      )}
      {mailbox.data && mailbox.data.length > 0 && (
        <div className={styles.page}>
          <div className={styles.column}>
            {mailbox.data.map((mail) => (
              <MailCard key={mail.id} mail={mail} />
            ))}
          </div>
        </div>
      )}
    </>
  )
}

function MailCard({ mail }: { readonly mail: MailboxItem }) {
  return (
    <Section title={mail.subject} text={`To ${mail.to}, ${new Date(mail.sentAt).toLocaleString()}`}>
      <pre className={styles.mail}>{withLinks(mail.text)}</pre>
    </Section>
  )
}

function withLinks(text: string) {
  return text.split(/(https?:\/\/\S+)/).map((part, index) =>
    index % 2 === 1 ? (
      <a key={part} href={part}>
        {part}
      </a>
    ) : (
      part
    ),
  )
}
