import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import type { NodeId, Space } from '@cloudsync/protocol'
import { SlidersHorizontal, Trash2, UserRoundCheck, type LucideIcon } from 'lucide-react'
import { useEffect, useState } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { readNodeId } from '../files/node-id.ts'
import { canManage } from '../files/space-role.ts'
import { nodeQuery } from '../files/use-node.ts'
import { ExpandedFolders } from '../tree/expanded-folders.ts'
import { FolderTree } from '../tree/folder-tree.tsx'
import { addressOf } from '../tree/node-address.ts'
import { useTrees } from '../tree/tree-context.tsx'
import { SpaceUsage } from './space-usage.tsx'
import { useSpaces } from './use-spaces.ts'
import styles from './sidebar.module.css'

/** The spaces with their folders, and the trash and the settings of the one that the page is in. */
export function SpaceSidebar() {
  const spaces = useSpaces()
  const navigate = useNavigate()
  const [expanded] = useState(() => new ExpandedFolders())
  const place = useCurrentPlace(spaces.data ?? [])
  useRevealed(expanded, place)
  if (spaces.isError && !spaces.data) {
    return (
      <p className={styles.note}>
        {errorLine(spaces.error)}{' '}
        <button type="button" className={styles.retry} onClick={() => void spaces.refetch()}>
          Try again
        </button>
      </p>
    )
  }
  if (!spaces.data) return null
  return (
    <>
      <FolderTree
        label="Folders"
        spaces={spaces.data}
        expanded={expanded}
        current={place?.folderId}
        hasLinks
        onPick={(space, id) =>
          void navigate({
            href: addressOf({
              id,
              kind: 'folder',
              spaceId: space.id,
              parentId: id === space.rootId ? null : space.rootId,
            }),
          })
        }
      />
      <Link to="/shared" className={styles.link} activeProps={{ 'aria-current': 'page' }}>
        <UserRoundCheck size={16} aria-hidden />
        <span>Shared with me</span>
      </Link>
      {place && (
        <SpaceLink space={place.space} to="/spaces/$spaceId/trash" label="Trash" Icon={Trash2} />
      )}
      {place && canManage(place.space.role) && (
        <SpaceLink
          space={place.space}
          to="/spaces/$spaceId/settings"
          label="Settings"
          Icon={SlidersHorizontal}
        />
      )}
      {place && <SpaceUsage space={place.space} />}
    </>
  )
}

interface SpaceLinkProps {
  readonly space: Space
  readonly to: '/spaces/$spaceId/trash' | '/spaces/$spaceId/settings'
  readonly label: string
  readonly Icon: LucideIcon
}

/** To a page of a space beside its files. */
function SpaceLink({ space, to, label, Icon }: SpaceLinkProps) {
  return (
    <Link
      to={to}
      params={{ spaceId: space.id }}
      className={styles.link}
      activeProps={{ 'aria-current': 'page' }}
      aria-label={`${label} of ${space.name}`}
    >
      <Icon size={16} aria-hidden />
      <span>{label}</span>
    </Link>
  )
}

interface Place {
  readonly space: Space
  /** The folder that is shown, or that the open file lies in; none on other pages of the space. */
  readonly folderId: NodeId | undefined
}

/** Where the page is: by its own address, or by that of a file. */
function useCurrentPlace(spaces: readonly Space[]): Place | undefined {
  const { spaceId, folderId, nodeId = '' } = useParams({ strict: false })
  const isBesideFiles = /\/(trash|settings)$/.test(location.pathname)
  const { api } = useServices()
  const fileId = readNodeId(nodeId)
  const file = useQuery({
    ...nodeQuery(api, fileId ?? ('' as NodeId)),
    enabled: fileId !== undefined,
    // The page of the file has asked already, and says that there is none.
    retryOnMount: false,
  })
  const space = spaces.find(({ id }) => id === (spaceId ?? file.data?.spaceId))
  if (!space) return undefined
  if (isBesideFiles) return { space, folderId: undefined }
  if (fileId !== undefined) return { space, folderId: file.data?.parentId ?? undefined }
  return { space, folderId: readNodeId(folderId ?? '') ?? space.rootId }
}

/** Opens the way down to the folder that is shown. */
function useRevealed(expanded: ExpandedFolders, place: Place | undefined) {
  const trees = useTrees()
  const { space, folderId } = place ?? {}
  useEffect(() => {
    if (!space) return
    expanded.add([space.rootId])
    if (folderId === undefined) return
    const { tree } = trees.get(space)
    void tree
      .loadAncestors(folderId)
      .then(() => expanded.add([space.rootId, ...tree.ancestors(folderId).map(({ id }) => id)]))
      // The page itself says what is wrong with its folder.
      .catch(() => undefined)
    // A space is fetched anew now and then; the way down is the same.
  }, [trees, expanded, space?.id, folderId])
}
