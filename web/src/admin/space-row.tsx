import type { AdminSpace } from '@cloudsync/protocol'
import { Gauge, HardDrive, MoreHorizontal, UserRound, UsersRound } from 'lucide-react'
import { Row } from '../account/section.tsx'
import { describeUsage } from '../shell/describe-usage.ts'
import { MenuButton } from '../ui/lazy-menu.tsx'
import type { MenuItem } from '../ui/menu-items.ts'
import { countWords } from './count-words.ts'
import { UsageBar } from './usage-bar.tsx'

/** Something that is done with a space. */
export interface SpaceTask {
  readonly kind: 'members' | 'quota'
  readonly space: AdminSpace
}

export interface SpaceRowProps {
  readonly space: AdminSpace
  readonly mayChange: boolean
  readonly onTask: (task: SpaceTask) => void
}

export function SpaceRow({ space, mayChange, onTask }: SpaceRowProps) {
  const members = countWords(space.memberCount, 'member', 'members')
  const Icon = space.kind === 'personal' ? UserRound : HardDrive
  const items = (): readonly MenuItem[] => [
    {
      kind: 'action',
      label: 'Members',
      icon: <UsersRound size={16} aria-hidden />,
      onSelect: () => onTask({ kind: 'members', space }),
    },
    ...(mayChange
      ? ([
          {
            kind: 'action',
            label: 'Set the quota',
            icon: <Gauge size={16} aria-hidden />,
            onSelect: () => onTask({ kind: 'quota', space }),
          },
        ] as const)
      : []),
  ]
  return (
    <Row
      icon={<Icon size={20} aria-hidden />}
      title={<span dir="auto">{space.name}</span>}
      badge={space.kind === 'personal' ? 'Personal' : undefined}
      note={`${members} · ${describeUsage(space).text}`}
    >
      <UsageBar space={space} />
      <MenuButton label={`More for ${space.name}`} align="end" items={items}>
        <MoreHorizontal size={16} aria-hidden />
      </MenuButton>
    </Row>
  )
}
