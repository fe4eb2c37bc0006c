import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { NameDialog } from '../account/name-dialog.tsx'
import { Section } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { createGroup, deleteGroup, renameGroup } from '../api/admin-access-endpoints.ts'
import { isApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { toasts } from '../ui/toast-list.ts'
import { AdminPage, useMayChange } from './admin-page.tsx'
import { groupsQuery, useRefreshAdmin } from './admin-queries.ts'
import { GroupMembersDialog } from './group-members-dialog.tsx'
import { GroupRow, type GroupTask } from './group-row.tsx'
import { PagedList } from './paged-list.tsx'
import { SearchBar } from './search-bar.tsx'

export function GroupsPage() {
  const { api } = useServices()
  const [search, setSearch] = useState('')
  const groups = useInfiniteQuery(groupsQuery(api, search.trim()))
  const mayChange = useMayChange()
  const [task, setTask] = useState<GroupTask>()
  return (
    <AdminPage title="Groups">
      <Section
        title="Groups"
        text="People who are given roles together, in spaces and on what is shared."
        action={
          mayChange ? (
            <Button onClick={() => setTask({ kind: 'create' })}>New group</Button>
          ) : undefined
        }
      >
        <SearchBar value={search} onChange={setSearch} placeholder="Name of a group" />
        <PagedList
          label="Groups"
          query={groups}
          empty={search === '' ? 'There are no groups yet.' : 'No group is called that.'}
        >
          {(group) => (
            <GroupRow key={group.id} group={group} mayChange={mayChange} onTask={setTask} />
          )}
        </PagedList>
      </Section>
      {task && <GroupDialog task={task} onTask={setTask} />}
    </AdminPage>
  )
}

interface GroupDialogProps {
  readonly task: GroupTask
  readonly onTask: (task: GroupTask | undefined) => void
}

function GroupDialog({ task, onTask }: GroupDialogProps) {
  const { api } = useServices()
  const refresh = useRefreshAdmin()
  const action = useAction()
  const close = () => onTask(undefined)
  switch (task.kind) {
    case 'create':
      return (
        <NameDialog
          title="New group"
          name=""
          onSave={async (name) => {
            const group = await createGroup(api, name)
            onTask({ kind: 'members', group })
            await refresh()
          }}
          describeFault={describeFault}
          onClose={close}
        />
      )
    case 'members':
      return <GroupMembersDialog group={task.group} onClose={close} />
    case 'rename':
      return (
        <NameDialog
          title={`Rename ${task.group.name}`}
          name={task.group.name}
          onSave={async (name) => {
            await renameGroup(api, task.group.id, name)
            close()
            await refresh()
          }}
          describeFault={describeFault}
          onClose={close}
        />
      )
    case 'delete':
      return (
        <ConfirmDialog
          title={`Delete ${task.group.name}?`}
          text="What was granted to the group is taken from its people at once. Their accounts and files stay."
          action="Delete"
          isDangerous
          isBusy={action.isBusy}
          onConfirm={() =>
            void action.run(async () => {
              await deleteGroup(api, task.group.id)
              toasts.show(`${task.group.name} is deleted`)
              close()
              await refresh()
            })
          }
          onClose={close}
        />
      )
  }
}

function describeFault(error: unknown): string {
  return isApiError(error, 'name_taken') ? 'Another group is called that.' : errorLine(error)
}
