import { Link } from '@tanstack/react-router'
import type { Node, NodeId } from '@cloudsync/protocol'
import { GitMerge, History, Lock, UserPlus } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { SeenSpace } from '../access/seen-space.ts'
import { ShareDialog } from '../access/share-dialog.tsx'
import { useAbilities } from '../access/use-abilities.ts'
import { YourAccess } from '../access/your-access.tsx'
import { closedReason } from '../files/closed-folder.ts'
import { FileIcon } from '../files/file-icon.tsx'
import { formatExactTime, formatSize } from '../files/format.ts'
import { LinkTarget } from '../preview/link-target.tsx'
import type { OpenTree } from '../tree/space-trees.ts'
import { useAncestors, useTreeNode } from '../tree/tree-context.tsx'
import { Button } from '../ui/button.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { SidePanel } from '../ui/side-panel.tsx'
import { describeKind } from './describe-kind.ts'
import styles from './details-panel.module.css'
import { showHidden } from '../ui/show-hidden.ts'

const ConflictDialog = lazyPart(
  async () => (await import('../conflicts/conflict-dialog.tsx')).ConflictDialog,
)

export interface DetailsPanelProps {
  readonly space: SeenSpace
  readonly opened: OpenTree
  readonly folderId: NodeId
  /** What is selected; nothing means the folder itself. */
  readonly nodes: readonly Node[]
  readonly onClose: () => void
}

/** What is known of what is selected, beside the list. */
export function DetailsPanel({ space, opened, folderId, nodes, onClose }: DetailsPanelProps) {
  const [only] = nodes
  return (
    <SidePanel title="Details" onClose={onClose}>
      {nodes.length > 1 ? (
        <Several nodes={nodes} />
      ) : only ? (
        <One key={only.id} space={space} opened={opened} node={only} />
      ) : (
        <Folder space={space} opened={opened} folderId={folderId} />
      )}
    </SidePanel>
  )
}

function Several({ nodes }: { readonly nodes: readonly Node[] }) {
  const bytes = nodes.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)
  const folders = nodes.filter(({ kind }) => kind === 'folder').length
  return (
    <>
      <p className={styles.title}>{nodes.length} items</p>
      <dl className={styles.facts}>
        <Fact name="Folders">{folders}</Fact>
        <Fact name="Files">{nodes.length - folders}</Fact>
        <Fact name="Size of the files">{formatSize(bytes)}</Fact>
      </dl>
    </>
  )
}

/** The folder that is looked at, while nothing in it is selected. */
function Folder({
  space,
  opened,
  folderId,
}: Pick<DetailsPanelProps, 'space' | 'opened' | 'folderId'>) {
  const node = useTreeNode(opened.tree, folderId)
  if (node && node.parentId !== null) return <Single space={space} opened={opened} node={node} />
  if (space.kind === 'shared') return null
  return (
    <>
      <p className={styles.title}>{space.name}</p>
      <dl className={styles.facts}>
        <Fact name="Kind">{space.kind === 'personal' ? 'Personal space' : 'Team space'}</Fact>
        <Fact name="Kept in the trash">{space.trashDays} days</Fact>
      </dl>
    </>
  )
}

interface SingleProps {
  readonly space: SeenSpace
  readonly opened: OpenTree
  readonly node: Node
}

function One(props: SingleProps) {
  return props.node.isReadable ? <Single {...props} /> : <Closed node={props.node} />
}

function Single({ space, opened, node }: SingleProps) {
  const [showsConflicts, setShowsConflicts] = useState(false)
  const [isSharing, setIsSharing] = useState(false)
  const { may } = useAbilities(space, node.id)
  return (
    <>
      <p className={styles.title} dir="auto">
        <FileIcon name={node.name} kind={node.kind} mode={node.mode} />
        {showHidden(node.name)}
      </p>
      {!node.inherits && (
        <p className={styles.private}>
          <Lock size={14} aria-hidden />
          Private: what is shared above does not count here
        </p>
      )}
      {node.hasConflicts && (
        <div className={styles.conflict}>
          <p>Two people changed it at the same time.</p>
          {may.canEdit && (
            <Button
              icon={<GitMerge size={16} aria-hidden />}
              onClick={() => setShowsConflicts(true)}
            >
              Decide
            </Button>
          )}
        </div>
      )}
      <Facts space={space} opened={opened} node={node} />
      {may.canShare && (
        <Button
          className={styles.share}
          icon={<UserPlus size={16} aria-hidden />}
          aria-haspopup="dialog"
          onClick={() => setIsSharing(true)}
        >
          Share…
        </Button>
      )}
      {node.kind !== 'folder' && (
        <Link
          to="/files/$nodeId"
          params={{ nodeId: node.id }}
          search={{ panel: 'versions' }}
          className={styles.link}
        >
          <History size={16} aria-hidden />
          Versions
        </Link>
      )}
      {isSharing && (
        <ShareDialog
          node={node}
          space={space}
          opened={opened}
          onClose={() => setIsSharing(false)}
        />
      )}
      {showsConflicts && (
        <ConflictDialog node={node} opened={opened} onClose={() => setShowsConflicts(false)} />
      )}
    </>
  )
}

/** What is known of it, in figures and names. */
function Facts({ space, opened, node }: SingleProps) {
  const path = useAncestors(opened.tree, node.id)
  const below = space.kind === 'shared' ? path : path.slice(1)
  const names = [space.name, ...below.map(({ name }) => name)]
  return (
    <dl className={styles.facts}>
      <Fact name="Kind">{describeKind(node)}</Fact>
      {node.mode === 'symlink' && (
        <Fact name="Leads to">
          <LinkTarget node={node} />
        </Fact>
      )}
      {node.sizeBytes !== null && <Fact name="Size">{formatSize(node.sizeBytes)}</Fact>}
      <Fact name="Where">{showHidden(names.join(' / '))}</Fact>
      <Fact name="Your access">
        <span className={styles.access}>
          <YourAccess space={space} opened={opened} node={node} />
        </span>
      </Fact>
      <Fact name="Changed">
        {formatExactTime(node.updatedAt)}
        {node.updatedBy && <span className={styles.who}>by {node.updatedBy.name}</span>}
      </Fact>
      <Fact name="Made">
        {formatExactTime(node.createdAt)}
        {node.createdBy && <span className={styles.who}>by {node.createdBy.name}</span>}
      </Fact>
    </dl>
  )
}

/** A private folder of others. */
function Closed({ node }: { readonly node: Node }) {
  return (
    <>
      <p className={styles.title} dir="auto">
        <FileIcon name={node.name} kind={node.kind} mode={node.mode} />
        {showHidden(node.name)}
      </p>
      <p className={styles.private}>
        <Lock size={14} aria-hidden />
        {closedReason}
      </p>
      <p className={styles.private}>Whoever keeps it can let you in by sharing it with you.</p>
    </>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  )
}
