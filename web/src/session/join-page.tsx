import type { Invited } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useActionState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { describeError, errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { readField } from '../ui/read-field.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { EntryPage } from './entry-page.tsx'
import { postPublic } from './send-public.ts'
import { useLinkSecret } from './use-link-secret.ts'

/** Makes the account of who was invited, or has asked for one. */
export function JoinPage() {
  const token = useLinkSecret()
  usePageTitle('Join')
  const invited = useQuery({
    queryKey: ['invitation', token],
    queryFn: async () =>
      (await (await postPublic('/auth/invitations/look', { token })).json()) as Invited,
    // It is used up meanwhile, by this very page.
    staleTime: Infinity,
  })
  if (invited.isPending) return <EntryPage title="Join CloudSync">{null}</EntryPage>
  if (invited.isError) {
    const { title, hint, canRetry } = describeError(invited.error)
    if (canRetry)
      return (
        <EntryPage title="Join CloudSync">
          <ErrorState error={invited.error} onRetry={() => void invited.refetch()} />
        </EntryPage>
      )
    return (
      <EntryPage title={title}>
        <p>{hint}</p>
        <Link to="/">Go to the sign-in</Link>
      </EntryPage>
    )
  }
  return <JoinForm token={token} invited={invited.data} />
}

interface Outcome {
  readonly name: string
  readonly password: string
  readonly fault?: string
}

function JoinForm({ token, invited }: { readonly token: string; readonly invited: Invited }) {
  const { session } = useServices()
  const navigate = useNavigate()
  const [last, submit, isBusy] = useActionState<Outcome, FormData>(
    async (_, form) => {
      const entered = { name: readField(form, 'name'), password: readField(form, 'password') }
      try {
        await session.enter('/auth/invitations/accept', { token, ...entered })
        await navigate({ to: '/', replace: true })
        return entered
      } catch (error) {
        return { ...entered, fault: faultOf(error) }
      }
    },
    { name: '', password: '' },
  )
  return (
    <EntryPage title="Join CloudSync">
      <p>
        {invited.invitedBy === null
          ? 'Your address is confirmed. Now for your account.'
          : `${invited.invitedBy} has invited you.`}
      </p>
      <form action={submit}>
        <Field label="E-mail" name="email" type="email" value={invited.email} readOnly />
        <Field
          label="Your name"
          name="name"
          autoComplete="name"
          required
          maxLength={80}
          autoFocus
          defaultValue={last.name}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          minLength={10}
          maxLength={256}
          defaultValue={last.password}
          hint="At least 10 characters. Length is what counts."
        />
        {last.fault !== undefined && <FormError>{last.fault}</FormError>}
        <Button type="submit" variant="primary" disabled={isBusy}>
          {isBusy ? 'Making your account…' : 'Make my account'}
        </Button>
      </form>
    </EntryPage>
  )
}

function faultOf(error: unknown): string {
  const place = error instanceof ApiError ? error.errors[0] : undefined
  return place?.message ?? errorLine(error)
}
