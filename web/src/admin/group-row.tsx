import type { Group } from '@cloudsync/protocol'
import { MoreHorizontal, Pencil, Trash2, UserPen, UsersRound } from 'lucide-react'
import { Row } from '../account/section.tsx'
import { IconButton } from '../ui/button.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import { countWords } from './count-words.ts'

/** Something that is done with a group, or with a new one. */
export type GroupTask =
  | { readonly kind: 'create' }
  | { readonly kind: 'members' | 'rename' | 'delete'; readonly group: Group }

export interface GroupRowProps {
  readonly group: Group
  readonly mayChange: boolean
  readonly onTask: (task: GroupTask) => void
}

export function GroupRow({ group, mayChange, onTask }: GroupRowProps) {
  return (
    <Row
      icon={<UsersRound size={20} aria-hidden />}
      title={<span dir="auto">{group.name}</span>}
      note={countWords(group.memberCount, 'person', 'people')}
    >
      <IconButton
        label={`Members of ${group.name}`}
        onClick={() => onTask({ kind: 'members', group })}
      >
        <UserPen size={16} aria-hidden />
      </IconButton>
      {mayChange && (
        <MenuButton
          label={`More for ${group.name}`}
          align="end"
          items={() => [
            {
              kind: 'action',
              label: 'Rename',
              icon: <Pencil size={16} aria-hidden />,
              onSelect: () => onTask({ kind: 'rename', group }),
            },
            {
              kind: 'action',
              label: 'Delete',
              icon: <Trash2 size={16} aria-hidden />,
              isDangerous: true,
              onSelect: () => onTask({ kind: 'delete', group }),
            },
          ]}
        >
          <MoreHorizontal size={16} aria-hidden />
        </MenuButton>
      )}
    </Row>
  )
}
