import type { AdminUser } from '@cloudsync/protocol'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import styles from '../account/account.module.css'
import { NameDialog } from '../account/name-dialog.tsx'
import { Section } from '../account/section.tsx'
import { createServiceAccount } from '../api/admin-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Field } from '../ui/field.tsx'
import { usersQuery, useRefreshAdmin } from './admin-queries.ts'
import { PersonRow } from './person-row.tsx'
import { ServiceTokensDialog } from './service-tokens-dialog.tsx'

export function PeopleSection() {
  const { api } = useServices()
  const [search, setSearch] = useState('')
  const users = useInfiniteQuery(usersQuery(api, search.trim()))
  const refresh = useRefreshAdmin()
  const [isCreating, setIsCreating] = useState(false)
  const [opened, setOpened] = useState<AdminUser>()
  const items = users.data?.pages.flatMap((page) => page.items) ?? []

  return (
    <Section
      title="Accounts"
      text="People, and services that act by tokens alone."
      action={<Button onClick={() => setIsCreating(true)}>New service account</Button>}
    >
      <Field
        label="Find"
        name="search"
        type="search"
        placeholder="Name or address"
        autoComplete="off"
        value={search}
        onChange={({ target }) => setSearch(target.value)}
      />
      {users.isError && <ErrorState error={users.error} onRetry={() => void users.refetch()} />}
      {users.isSuccess && items.length === 0 && (
        <p className={styles.empty}>Nobody here is called that.</p>
      )}
      <ul className={styles.rows} aria-label="Accounts">
        {items.map((user) => (
          <PersonRow key={user.id} user={user} onTokens={() => setOpened(user)} />
        ))}
      </ul>
      {users.hasNextPage && (
        <div className={styles.buttons}>
          <Button disabled={users.isFetchingNextPage} onClick={() => void users.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
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
