import type { Node } from '@cloudsync/protocol'
import { Link2 } from 'lucide-react'
import { useMe } from '../app/services.tsx'
import { addressOf } from '../tree/node-address.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useDelayed } from '../ui/use-delayed.ts'
import { writeClipboard } from '../ui/write-clipboard.ts'
import { AddPeople } from './add-people.tsx'
import { GrantRow } from './grant-row.tsx'
import { InheritedSection } from './inherited-section.tsx'
import type { Sharing } from './load-sharing.ts'
import { PrivateSection } from './private-section.tsx'
import { choiceOf, givableChoices, mayChangeGrant } from './role-choices.ts'
import type { SeenSpace } from './seen-space.ts'
import { useRoleChoices, useSharing } from './sharing-queries.ts'
import styles from './share.module.css'

export interface ShareDialogProps {
  readonly node: Node
  readonly space: SeenSpace
  readonly opened: OpenTree
  readonly onClose: () => void
}

/** Who has access to a node and from where, and what this person may change about it. */
export function ShareDialog({ node, space, opened, onClose }: ShareDialogProps) {
  const sharing = useSharing(node)
  const showsSkeleton = useDelayed(sharing.isPending, 200)
  return (
    <Dialog title={`Share ${nameOf(node, space)}`} onClose={onClose} width="wide">
      {sharing.isPending && (
        <p className={styles.hint} aria-busy="true">
          <span className={showsSkeleton ? undefined : 'visually-hidden'}>
            Looking who has access…
          </span>
        </p>
      )}
      {sharing.isError && !sharing.data && (
        <ErrorState error={sharing.error} onRetry={() => void sharing.refetch()} />
      )}
      {sharing.data && (
        <SharingOf node={node} space={space} opened={opened} sharing={sharing.data} />
      )}
      <DialogActions>
        <Button icon={<Link2 size={16} aria-hidden />} onClick={() => void copyLink(node)}>
          Copy link
        </Button>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  )
}

interface SharingOfProps extends Omit<ShareDialogProps, 'onClose'> {
  readonly sharing: Sharing
}

function SharingOf({ node, space, opened, sharing }: SharingOfProps) {
  const { access, direct, inherited, isCutOff } = sharing
  const me = useMe()
  const choices = useRoleChoices()
  const isRoot = node.parentId === null
  const name = nameOf(node, space)
  // Who is a member of a space is for its managers to say.
  const mayGive = !isRoot || access.permissions.includes('space.manage')
  const givable = mayGive ? givableChoices(choices, access.permissions, isRoot) : []
  const title = isRoot ? `Members of ${space.name}` : 'Has access here'
  const caller = { id: me.id, permissions: access.permissions }
  return (
    <>
      {mayGive && <AddPeople node={node} name={name} choices={givable} direct={direct} />}
      <section className={styles.section}>
        <h3>{title}</h3>
        {direct.length === 0 ? (
          <p className={styles.hint}>
            {access.inherits
              ? 'Nobody was given access to it by itself.'
              : 'Nobody but the owners of the space.'}
          </p>
        ) : (
          <ul aria-label={title}>
            {direct.map((grant) => (
              <GrantRow
                key={grant.id}
                node={node}
                name={name}
                grant={grant}
                allChoices={choices}
                choices={mayChangeGrant(grant, choiceOf(choices, grant), caller) ? givable : []}
              />
            ))}
          </ul>
        )}
      </section>
      {inherited.map((from) => (
        <InheritedSection key={from.folder.id} inherited={from} space={space} choices={choices} />
      ))}
      {isCutOff && (
        <p className={styles.hint}>
          People may have access from folders above, too, which you do not see.
        </p>
      )}
      {node.kind === 'folder' && !isRoot && (
        <PrivateSection
          node={node}
          space={space}
          opened={opened}
          sharing={sharing}
          mayChange={access.permissions.includes('node.manage')}
        />
      )}
    </>
  )
}

/** The root of a space goes by the name of the space. */
function nameOf(node: Node, space: SeenSpace): string {
  return node.parentId === null ? space.name : node.name
}

async function copyLink(node: Node): Promise<void> {
  await writeClipboard(new URL(addressOf(node), location.href).href)
  toasts.show('The link is copied; whoever has access can open it')
}
