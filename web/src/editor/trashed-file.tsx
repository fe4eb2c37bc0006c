import { Link } from '@tanstack/react-router'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Node } from '@cloudsync/protocol'
import { errorLine } from '../api/describe-error.ts'
import { restoreNode } from '../api/endpoints.ts'
import { useServices } from '../app/services.tsx'
import { putListedNode } from '../files/children-query.ts'
import { canEdit } from '../files/space-role.ts'
import { nodeKey } from '../files/use-node.ts'
import { useSpaces } from '../shell/use-spaces.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { Button } from '../ui/button.tsx'
import { toasts } from '../ui/toast-list.ts'
import { DraftBanner } from './draft-banner.tsx'
import styles from './other-file.module.css'

/** A file in the trash: nothing of it is shown before it is brought back. */
export function TrashedFile({ node }: { readonly node: Node }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const space = useSpaces().data?.find(({ id }) => id === node.spaceId)
  const restoration = useMutation({
    mutationFn: () => restoreNode(api, node.id),
    onSuccess: async (restored) => {
      queryClient.setQueryData(nodeKey(node.id), restored)
      await putListedNode(queryClient, restored)
    },
    onError: (error) => toasts.show(errorLine(error), { tone: 'error' }),
  })
  return (
    <>
      <PageHeader title={node.name} />
      <DraftBanner nodeId={node.id} />
      <div className={styles.state}>
        <h2>{node.name} is in the trash</h2>
        <p>It is kept there for 30 days, with all its versions.</p>
        <div className={styles.actions}>
          {space && canEdit(space.role) && (
            <Button
              variant="primary"
              disabled={restoration.isPending}
              onClick={() => restoration.mutate()}
            >
              Bring it back
            </Button>
          )}
          <Link to="/spaces/$spaceId" params={{ spaceId: node.spaceId }} className={styles.link}>
            Go to the folder
          </Link>
        </div>
      </div>
    </>
  )
}
