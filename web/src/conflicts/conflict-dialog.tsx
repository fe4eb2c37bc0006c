import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Conflict, Node } from '@cloudsync/protocol'
import { useEffect, useSyncExternalStore } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { listConflicts, resolveConflict } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { formatExactTime } from '../files/format.ts'
import { downloadVersion } from '../files/download-node.ts'
import { nodeKey } from '../files/use-node.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { toasts } from '../ui/toast-list.ts'
import { describeDispute, describeSide, disputedFolders, type FolderPath } from './describe-side.ts'
import styles from './conflict-dialog.module.css'
import { showHidden } from '../ui/show-hidden.ts'

export interface ConflictDialogProps {
  readonly node: Node
  readonly opened: OpenTree
  readonly onClose: () => void
}

/** Lets a person decide what two have done to one thing. Whatever is chosen, nothing is lost. */
export function ConflictDialog({ node, opened, onClose }: ConflictDialogProps) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const conflicts = useQuery({
    queryKey: ['conflicts', node.id],
    queryFn: async ({ signal }) => (await listConflicts(api, node.id, signal)).items,
    staleTime: 0,
  })
  const resolution = useMutation({
    mutationFn: ({ id, choice }: { id: string; choice: 'mine' | 'theirs' | 'both' }) =>
      resolveConflict(api, id, choice),
    onSuccess: async () => {
      void opened.tree.refresh()
      void queryClient.invalidateQueries({ queryKey: nodeKey(node.id) })
      const { data } = await conflicts.refetch()
      if (data?.length === 0) onClose()
    },
    onError: (error) => toasts.show(`Not decided: ${errorLine(error)}`, { tone: 'error' }),
  })
  const hasVersions = conflicts.data?.some(({ kind }) => kind === 'content') === true
  const only = conflicts.data?.length === 1 ? conflicts.data[0] : undefined
  return (
    <Dialog
      title={`Decide about ${node.name}`}
      description={
        hasVersions
          ? 'Nothing is lost, whatever you choose: the other side stays among the versions.'
          : `${only ? describeDispute(only) : 'Two people moved or renamed it.'} Choose what holds.`
      }
      width="wide"
      onClose={onClose}
    >
      {conflicts.isError && (
        <ErrorState error={conflicts.error} onRetry={() => void conflicts.refetch()} />
      )}
      {conflicts.data?.length === 0 && <p>It was decided meanwhile.</p>}
      <ul className={styles.list}>
        {conflicts.data?.map((conflict) => (
          <ConflictItem
            key={conflict.id}
            node={node}
            conflict={conflict}
            opened={opened}
            isBusy={resolution.isPending}
            onChoose={(choice) => resolution.mutate({ id: conflict.id, choice })}
          />
        ))}
      </ul>
    </Dialog>
  )
}

interface ConflictItemProps {
  readonly node: Node
  readonly conflict: Conflict
  readonly opened: OpenTree
  readonly isBusy: boolean
  readonly onChoose: (choice: 'mine' | 'theirs' | 'both') => void
}

function ConflictItem({ node, conflict, opened, isBusy, onChoose }: ConflictItemProps) {
  const folderPath = useFolderPaths(opened, conflict)
  return (
    <li className={styles.conflict}>
      <p className={styles.when}>{formatExactTime(conflict.createdAt)}</p>
      <div className={styles.sides}>
        {(['theirs', 'mine'] as const).map((side) => (
          <div key={side} className={styles.side}>
            <h3>{side === 'theirs' ? 'Was there first' : 'Came later'}</h3>
            <p>{showHidden(describeSide(conflict, side, folderPath))}</p>
            <div className={styles.choices}>
              <Button disabled={isBusy} onClick={() => onChoose(side)}>
                {side === 'theirs' ? 'Keep the first' : 'Take the later'}
              </Button>
              <LookButton node={node} version={conflict[side].version} />
            </div>
          </div>
        ))}
      </div>
      {conflict.kind === 'content' && (
        <Button variant="primary" disabled={isBusy} onClick={() => onChoose('both')}>
          Keep both as files
        </Button>
      )}
    </li>
  )
}

/** The ways down to the folders that the sides want, which need not have been looked at before. */
function useFolderPaths({ tree }: OpenTree, conflict: Conflict): FolderPath {
  useSyncExternalStore(tree.subscribe, () => tree.store.version)
  useEffect(() => {
    for (const id of disputedFolders(conflict)) {
      void tree
        .loadNode(id)
        .then(() => tree.loadAncestors(id))
        // Not everybody may see it.
        .catch(() => undefined)
    }
  }, [tree, conflict])
  return (id) =>
    [...tree.ancestors(id).map((node) => node.id), id].flatMap((id) => tree.nameOf(id) ?? [])
}

/** Nobody can decide about bytes that they have not seen. */
function LookButton({ node, version }: { readonly node: Node; readonly version: number | null }) {
  if (version === null) return null
  return (
    <Button
      variant="quiet"
      aria-label={`Download version ${version}`}
      onClick={() => downloadVersion(node, version)}
    >
      Download
    </Button>
  )
}
