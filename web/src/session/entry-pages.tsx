import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { MissingPage } from '../app/error-pages.tsx'
import { AuthorizePage } from '../oauth/authorize-page.tsx'
import { DevicePage } from '../oauth/device-page.tsx'
import { ForgotPasswordPage, SignUpPage } from './ask-by-mail.tsx'
import { ExternalSignInPage } from './external-sign-in-page.tsx'
import { JoinPage } from './join-page.tsx'
import { ResetPasswordPage } from './reset-password-page.tsx'
import { SetUpPage } from './set-up-page.tsx'
import { VerifyEmailPage } from './verify-email-page.tsx'

const pages: Readonly<Record<string, () => ReactNode>> = {
  setup: SetUpPage,
  join: JoinPage,
  'sign-up': SignUpPage,
  'forgot-password': ForgotPasswordPage,
  'reset-password': ResetPasswordPage,
  'verify-email': VerifyEmailPage,
  'external-sign-in': ExternalSignInPage,
  authorize: AuthorizePage,
  device: DevicePage,
}

/** The pages that need nobody signed in, by their address. Together, since each is small and rarely seen. */
export function EntryPages() {
  const { page } = useParams({ from: '/$page' })
  const Page = Object.hasOwn(pages, page) ? pages[page] : undefined
  return Page ? <Page /> : <MissingPage />
}
