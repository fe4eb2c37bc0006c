import type { SpaceOrder } from '@cloudsync/protocol'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Section } from '../account/section.tsx'
import { useServices } from '../app/services.tsx'
import { SelectField } from '../ui/select-field.tsx'
import { AdminPage, useMayChange } from './admin-page.tsx'
import { allSpacesQuery } from './admin-queries.ts'
import { PagedList } from './paged-list.tsx'
import { QuotaDialog } from './quota-dialog.tsx'
import { SearchBar } from './search-bar.tsx'
import { SpaceMembersDialog } from './space-members-dialog.tsx'
import { SpaceRow, type SpaceTask } from './space-row.tsx'

const orders: readonly { readonly value: SpaceOrder; readonly label: string }[] = [
  { value: 'created', label: 'Oldest first' },
  { value: 'name', label: 'Name' },
  { value: 'used', label: 'Largest first' },
  { value: 'full', label: 'Fullest first' },
]

export function SpacesPage() {
  const { api } = useServices()
  const [search, setSearch] = useState('')
  const [order, setOrder] = useState<SpaceOrder>('created')
  const spaces = useInfiniteQuery(allSpacesQuery(api, search.trim(), order))
  const mayChange = useMayChange()
  const [task, setTask] = useState<SpaceTask>()
  const close = () => setTask(undefined)
  return (
    <AdminPage title="Spaces">
      <Section
        title="Spaces"
        text="How much they hold and may hold, and who is in them. What is in them only their members see."
      >
        <SearchBar value={search} onChange={setSearch} placeholder="Name of a space">
          <SelectField label="Sort by" value={order} options={orders} onChange={setOrder} />
        </SearchBar>
        <PagedList label="Spaces" query={spaces} empty="No space is called that.">
          {(space) => (
            <SpaceRow key={space.id} space={space} mayChange={mayChange} onTask={setTask} />
          )}
        </PagedList>
      </Section>
      {task?.kind === 'quota' && <QuotaDialog space={task.space} onClose={close} />}
      {task?.kind === 'members' && <SpaceMembersDialog space={task.space} onClose={close} />}
    </AdminPage>
  )
}
