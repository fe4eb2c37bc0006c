import type { Group, GroupMember } from '@cloudsync/protocol'
import { useInfiniteQuery } from '@tanstack/react-query'
import { UserMinus, UserRound } from 'lucide-react'
import { useState } from 'react'
import { Row } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { addGroupMember, removeGroupMember } from '../api/admin-access-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useMayChange } from './admin-page.tsx'
import { groupMembersQuery, useRefreshAdmin } from './admin-queries.ts'
import { PagedList } from './paged-list.tsx'
import { PersonPicker } from './person-picker.tsx'
import { SearchBar } from './search-bar.tsx'

/** From here on it is quicker to look for somebody than to read. */
const manyMembers = 20

export interface GroupMembersDialogProps {
  readonly group: Group
  readonly onClose: () => void
}

/** Who belongs to a group; administrators add and remove. */
export function GroupMembersDialog({ group, onClose }: GroupMembersDialogProps) {
  const { api } = useServices()
  const [search, setSearch] = useState('')
  const members = useInfiniteQuery(groupMembersQuery(api, group.id, search.trim()))
  const refresh = useRefreshAdmin()
  const action = useAction()
  const mayChange = useMayChange()

  const change = (work: () => Promise<void>, done: string) =>
    action.run(async () => {
      await work()
      toasts.show(done)
      await refresh()
    })
  const remove = ({ userId, name }: GroupMember) =>
    change(() => removeGroupMember(api, group.id, userId), `${name} is out of ${group.name}`)

  return (
    <Dialog title={`Members of ${group.name}`} onClose={onClose} width="wide">
      {mayChange && (
        <PersonPicker
          label="Add somebody"
          isBusy={action.isBusy}
          onPick={({ id, name }) =>
            change(() => addGroupMember(api, group.id, id), `${name} is in ${group.name} now`)
          }
        />
      )}
      {group.memberCount > manyMembers && (
        <SearchBar value={search} onChange={setSearch} placeholder="Name or address of a member" />
      )}
      <PagedList
        label="Members"
        query={members}
        empty={search === '' ? 'Nobody is in this group yet.' : 'No member is called that.'}
      >
        {(member) => (
          <Row
            key={member.userId}
            icon={<UserRound size={20} aria-hidden />}
            title={<span dir="auto">{member.name}</span>}
            note={member.email}
          >
            {mayChange && (
              <IconButton
                label={`Remove ${member.name}`}
                disabled={action.isBusy}
                onClick={() => void remove(member)}
              >
                <UserMinus size={16} aria-hidden />
              </IconButton>
            )}
          </Row>
        )}
      </PagedList>
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  )
}
