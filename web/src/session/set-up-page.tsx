import { useLocation, useNavigate, Link } from '@tanstack/react-router'
import { useActionState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { readField } from '../ui/read-field.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { EntryPage } from './entry-page.tsx'
import { readSetUpFault, type SetUpFault } from './set-up-fault.ts'
import { useSetUpState } from './use-set-up-needed.ts'

/** Makes the first account. The secret comes in the fragment, which is not sent or logged anywhere. */
export function SetUpPage() {
  const state = useSetUpState()
  const token = useLocation().hash
  usePageTitle('Set up')
  if (state.isPending) return <EntryPage title="Set up CloudSync">{null}</EntryPage>
  if (state.isError) {
    return (
      <EntryPage title="Set up CloudSync">
        <ErrorState error={state.error} onRetry={() => void state.refetch()} />
      </EntryPage>
    )
  }
  if (!state.data.needed) {
    return (
      <EntryPage title="Already set up">
        <p>This server has its first account. Further people are invited from within.</p>
        <Link to="/">Sign in</Link>
      </EntryPage>
    )
  }
  if (token === '') {
    return (
      <EntryPage title="Set up CloudSync">
        <p>
          The address lacks its secret. Copy the whole set-up link from the server&apos;s log,
          including what follows the #.
        </p>
      </EntryPage>
    )
  }
  return <SetUpForm token={token} />
}

type Entered = { readonly name: string; readonly email: string; readonly password: string }
const nothing: Entered & { fault: SetUpFault } = { name: '', email: '', password: '', fault: {} }

function SetUpForm({ token }: { readonly token: string }) {
  const { session } = useServices()
  const navigate = useNavigate()
  const [last, submit, isBusy] = useActionState<Entered & { fault: SetUpFault }, FormData>(
    async (_, form) => {
      const entered = {
        name: readField(form, 'name'),
        email: readField(form, 'email'),
        password: readField(form, 'password'),
      }
      try {
        await session.enter('/auth/setup', { token, ...entered })
        await navigate({ to: '/', replace: true })
        return nothing
      } catch (error) {
        return { ...entered, fault: toFault(error) }
      }
    },
    nothing,
  )
  const { fault } = last
  return (
    <EntryPage title="Set up CloudSync">
      <p>You are the first one here. This account runs the server.</p>
      <form action={submit}>
        <Field
          label="Your name"
          name="name"
          autoComplete="name"
          required
          maxLength={80}
          autoFocus
          defaultValue={last.name}
          error={fault.name}
        />
        <Field
          label="E-mail"
          name="email"
          type="email"
          autoComplete="username"
          required
          defaultValue={last.email}
          error={fault.email}
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
          error={fault.password}
        />
        {fault.form !== undefined && <FormError>{fault.form}</FormError>}
        <Button type="submit" variant="primary" disabled={isBusy}>
          {isBusy ? 'Setting up…' : 'Create the first account'}
        </Button>
      </form>
    </EntryPage>
  )
}

function toFault(error: unknown): SetUpFault {
  return error instanceof ApiError ? readSetUpFault(error) : { form: errorLine(error) }
}
