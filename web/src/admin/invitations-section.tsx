import type { CreatedInvitation, Invitation } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { MailPlus, X } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import styles from '../account/account.module.css'
import { Row, Section } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { invite, revokeInvitation } from '../api/admin-endpoints.ts'
import { isApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { formatTime } from '../files/format.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Field } from '../ui/field.tsx'
import { useMayChange } from './admin-page.tsx'
import { invitationsQuery, useRefreshAdmin } from './admin-queries.ts'
import { SecretLinkDialog } from './secret-link-dialog.tsx'

export function InvitationsSection() {
  const { api } = useServices()
  const invitations = useQuery(invitationsQuery(api))
  const refresh = useRefreshAdmin()
  const action = useAction()
  const mayChange = useMayChange()
  const open = invitations.data?.filter(({ state }) => state === 'open') ?? []

  const revoke = (invitation: Invitation) =>
    action.run(async () => {
      await revokeInvitation(api, invitation.id)
      await refresh()
    })

  return (
    <Section
      title={mayChange ? 'Invite somebody' : 'Open invitations'}
      text="They get a link by mail that works once, within seven days."
    >
      {mayChange && <InviteForm />}
      {!mayChange && invitations.isSuccess && open.length === 0 && (
        <p className={styles.empty}>Nobody is invited at the moment.</p>
      )}
      {invitations.isError && (
        <ErrorState error={invitations.error} onRetry={() => void invitations.refetch()} />
      )}
      {open.length > 0 && (
        <ul className={styles.rows} aria-label="Open invitations">
          {open.map((invitation) => (
            <Row
              key={invitation.id}
              icon={<MailPlus size={20} aria-hidden />}
              title={invitation.email}
              note={describeInvitation(invitation)}
            >
              {mayChange && (
                <IconButton
                  label={`Revoke the invitation of ${invitation.email}`}
                  disabled={action.isBusy}
                  onClick={() => void revoke(invitation)}
                >
                  <X size={16} aria-hidden />
                </IconButton>
              )}
            </Row>
          ))}
        </ul>
      )}
    </Section>
  )
}

function InviteForm() {
  const { api } = useServices()
  const refresh = useRefreshAdmin()
  const [email, setEmail] = useState('')
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  const [created, setCreated] = useState<CreatedInvitation>()

  async function submit(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    setFault(undefined)
    try {
      setCreated(await invite(api, email.trim()))
      setEmail('')
      await refresh()
    } catch (error) {
      const isTaken = isApiError(error, 'id_taken')
      setFault(isTaken ? 'The address has an account already.' : errorLine(error))
    }
    setIsBusy(false)
  }

  return (
    <>
      <form className={styles.inline} onSubmit={(event) => void submit(event)}>
        <Field
          label="E-mail"
          name="email"
          type="email"
          placeholder="colleague@example.org"
          autoComplete="off"
          required
          value={email}
          onChange={({ target }) => setEmail(target.value)}
          error={fault}
        />
        <Button type="submit" variant="primary" disabled={isBusy}>
          Invite
        </Button>
      </form>
      {created && (
        <SecretLinkDialog
          title={`${created.email} is invited`}
          description="The link is on its way by mail. You may hand it over yourself too: whoever has it gets in, and it is not shown again."
          link={created.link}
          onClose={() => setCreated(undefined)}
        />
      )}
    </>
  )
}

function describeInvitation({ invitedBy, createdAt }: Invitation): string {
  const when = formatTime(createdAt, Date.now())
  return invitedBy === null ? `Invited ${when}` : `Invited by ${invitedBy}, ${when}`
}
