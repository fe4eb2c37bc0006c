import { Link, useParams } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { ApiError } from '../api/api-error.ts'
import { useMe } from '../app/services.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { GroupsPage } from './groups-page.tsx'
import { KeysPage } from './keys-page.tsx'
import { OAuthClientsPage } from './oauth-clients-page.tsx'
import { PoliciesPage } from './policies-page.tsx'
import { RolesPage } from './roles-page.tsx'
import { SessionsPage } from './sessions-page.tsx'
import { SpacesPage } from './spaces-page.tsx'
import { UsersPage } from './users-page.tsx'

const pages: Readonly<Record<string, ComponentType>> = {
  users: UsersPage,
  apps: OAuthClientsPage,
  groups: GroupsPage,
  roles: RolesPage,
  spaces: SpacesPage,
  sessions: SessionsPage,
  policies: PoliciesPage,
  keys: KeysPage,
}

/** The pages of the administration, for administrators and auditors. Together: who opens one goes on to others. */
export function AdminPages() {
  const { _splat: path = '' } = useParams({ from: '/shell/admin/$' })
  const [page = ''] = path.split('/')
  const me = useMe()
  if (!me.isAdmin && !me.isAuditor) return <Refusal error={new ApiError('forbidden')} />
  const Page = Object.hasOwn(pages, page) ? pages[page] : undefined
  return Page ? <Page key={page} /> : <Refusal error={new ApiError('not_found')} />
}

function Refusal({ error }: { readonly error: ApiError }) {
  usePageTitle('Administration')
  return (
    <>
      <PageHeader title="Administration" />
      <ErrorState error={error}>
        <Link to="/">Go to your files</Link>
      </ErrorState>
    </>
  )
}
