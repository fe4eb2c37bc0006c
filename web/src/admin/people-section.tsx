import type { AccountFilter, AdminUser } from '@cloudsync/protocol'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { NameDialog } from '../account/name-dialog.tsx'
import { Section } from '../account/section.tsx'
import { createServiceAccount } from '../api/admin-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { SelectField } from '../ui/select-field.tsx'
import { useMayChange } from './admin-page.tsx'
import { usersQuery, useRefreshAdmin } from './admin-queries.ts'
import { PagedList } from './paged-list.tsx'
import { PersonRow } from './person-row.tsx'
import { SearchBar } from './search-bar.tsx'
import { ServiceTokensDialog } from './service-tokens-dialog.tsx'

const filters: readonly { readonly value: AccountFilter | 'all'; readonly label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'administrators', label: 'Administrators' },
  { value: 'auditors', label: 'Auditors' },
  { value: 'services', label: 'Services' },
  { value: 'deactivated', label: 'Deactivated' },
]

export function PeopleSection() {
  const { api } = useServices()
  const [search, setSearch] = useState('')
  const [filter, setFilter] = useState<AccountFilter | 'all'>('all')
  const only = filter === 'all' ? undefined : filter
  const users = useInfiniteQuery(usersQuery(api, search.trim(), only))
  const refresh = useRefreshAdmin()
  const mayChange = useMayChange()
  const [isCreating, setIsCreating] = useState(false)
  const [opened, setOpened] = useState<AdminUser>()

  return (
    <Section
      title="Accounts"
      text="People, and services that act by tokens alone."
      action={
        mayChange ? (
          <Button onClick={() => setIsCreating(true)}>New service account</Button>
        ) : undefined
      }
    >
      <SearchBar value={search} onChange={setSearch} placeholder="Name or address">
        <SelectField label="Show" value={filter} options={filters} onChange={setFilter} />
      </SearchBar>
      <PagedList label="Accounts" query={users} empty="Nobody here is called that.">
        {(user) => <PersonRow key={user.id} user={user} onTokens={() => setOpened(user)} />}
      </PagedList>
      {isCreating && (
        <NameDialog
          title="New service account"
          name=""
          onSave={async (name) => {
            const service = await createServiceAccount(api, name)
            setIsCreating(false)
            setOpened(service)
            await refresh()
          }}
          onClose={() => setIsCreating(false)}
        />
      )}
      {opened && <ServiceTokensDialog service={opened} onClose={() => setOpened(undefined)} />}
    </Section>
  )
}
