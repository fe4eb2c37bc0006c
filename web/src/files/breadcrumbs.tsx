import { Link } from '@tanstack/react-router'
import type { NodeId } from '@cloudsync/protocol'
import { ChevronLeft, ChevronRight, Ellipsis } from 'lucide-react'
import { Fragment } from 'react'
import { useNavigate } from '@tanstack/react-router'
import type { SeenSpace } from '../access/seen-space.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import { addressOf } from '../tree/node-address.ts'
import { useFolderDrop } from '../tree/use-folder-drop.ts'
import { MenuButton } from '../ui/lazy-menu.tsx'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import { canEdit } from './space-role.ts'
import styles from './breadcrumbs.module.css'
import { showHidden } from '../ui/show-hidden.ts'

export interface Crumb {
  readonly id: NodeId
  readonly name: string
  readonly parentId: NodeId | null
}

export interface BreadcrumbsProps {
  readonly space: SeenSpace
  readonly opened: OpenTree
  /** The folders above that this person sees, the root first. */
  readonly path: readonly Crumb[]
}

const shownAtMost = 4

/** Stands above the highest folder that was shared. */
const everythingShared = { id: undefined, name: 'Shared with me', parentId: null }

type PathStep = Crumb | typeof everythingShared

/** The way up: each folder above is a link, and takes what is dropped on it. */
export function Breadcrumbs({ space, opened, path: above }: BreadcrumbsProps) {
  const isPhone = useMediaQuery(phoneQuery)
  const path = space.kind === 'shared' ? [everythingShared, ...above] : above
  const parent = path.at(-1)
  if (!parent) return null
  if (isPhone) {
    return (
      <Link
        to={address(space, parent)}
        className={styles.back}
        aria-label={`Back to ${parent.name}`}
      >
        <ChevronLeft size={20} aria-hidden />
      </Link>
    )
  }
  const isLong = path.length > shownAtMost
  const hidden = isLong ? path.slice(1, -2) : []
  const shown = isLong ? [...path.slice(0, 1), ...path.slice(-2)] : path
  return (
    <nav aria-label="Path" className={styles.path}>
      <ol>
        {shown.map((crumb, index) => (
          <Fragment key={crumb.id ?? 'shared'}>
            <li>
              <CrumbLink space={space} opened={opened} crumb={crumb} />
              <Separator />
            </li>
            {index === 0 && hidden.length > 0 && (
              <li>
                <HiddenCrumbs space={space} crumbs={hidden} />
                <Separator />
              </li>
            )}
          </Fragment>
        ))}
      </ol>
    </nav>
  )
}

function Separator() {
  return <ChevronRight size={14} aria-hidden className={styles.separator} />
}

function CrumbLink({ space, opened, crumb }: Omit<BreadcrumbsProps, 'path'> & { crumb: PathStep }) {
  const drop = useFolderDrop({
    tree: opened.tree,
    folderId: canEdit(space.role) ? crumb.id : undefined,
  })
  return (
    <Link
      to={address(space, crumb)}
      className={styles.crumb}
      draggable={false}
      data-drop={drop.isOver || undefined}
      {...drop.handlers}
    >
      <span dir="auto">{showHidden(crumb.name)}</span>
    </Link>
  )
}

function HiddenCrumbs({
  space,
  crumbs,
}: {
  readonly space: SeenSpace
  readonly crumbs: readonly PathStep[]
}) {
  const navigate = useNavigate()
  return (
    <MenuButton
      label="Folders in between"
      items={() =>
        crumbs.map((crumb) => ({
          kind: 'action',
          label: crumb.name,
          onSelect: () => void navigate({ href: address(space, crumb) }),
        }))
      }
    >
      <Ellipsis size={16} aria-hidden />
    </MenuButton>
  )
}

function address(space: SeenSpace, { id, parentId }: PathStep): string {
  if (id === undefined) return '/shared'
  return addressOf({ id, kind: 'folder', spaceId: space.id, parentId })
}
