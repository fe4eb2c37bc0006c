import { useMutation } from '@tanstack/react-query'
import type { Node } from '@cloudsync/protocol'
import { Lock, LockOpen } from 'lucide-react'
import { useState } from 'react'
import { putInheritance } from '../api/access-endpoints.ts'
import { errorLine } from '../api/describe-error.ts'
import { useMe, useServices } from '../app/services.tsx'
import type { OpenTree } from '../tree/space-trees.ts'
import { Button } from '../ui/button.tsx'
import { toasts } from '../ui/toast-list.ts'
import { namesKept } from './names-kept.ts'
import type { Sharing } from './load-sharing.ts'
import type { SeenSpace } from './seen-space.ts'
import { useSharingChanged } from './sharing-queries.ts'
import styles from './share.module.css'

export interface PrivateSectionProps {
  readonly node: Node
  readonly space: SeenSpace
  readonly opened: OpenTree
  readonly sharing: Sharing
  readonly mayChange: boolean
}

/** Whether what is granted above counts in a folder, and the way to change that. */
export function PrivateSection({ node, space, opened, sharing, mayChange }: PrivateSectionProps) {
  const { inherits } = sharing.access
  const me = useMe()
  const [isAsking, setIsAsking] = useState(false)
  const change = useInheritance(node, opened, () => setIsAsking(false))
  const above = opened.tree.nameOf(node.parentId ?? node.id) ?? 'the folder above'
  if (inherits && !mayChange) return null
  const Icon = inherits ? LockOpen : Lock
  return (
    <section className={styles.private}>
      <h3>
        <Icon size={16} aria-hidden />
        {inherits ? `Open to the people of ${above}` : 'Private'}
      </h3>
      {isAsking ? (
        <>
          <p>
            {inherits
              ? `Whoever has access by ${above} or as a member sees the name of ${node.name} alone from then on. These keep access: ${namesKept(sharing, space, me.id)}.`
              : `Whoever has access to ${above} gets it to ${node.name}, too, with all that is in it.`}
          </p>
          <div className={styles.buttons}>
            <Button onClick={() => setIsAsking(false)}>Cancel</Button>
            <Button
              variant="primary"
              disabled={change.isPending}
              onClick={() => change.mutate(!inherits)}
            >
              {inherits ? 'Make it private' : 'Open it to them'}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p>
            {inherits
              ? 'What is shared above counts here, too.'
              : `The people of ${above} see its name alone. The owners of the space have access, and who is listed under “Has access here”.`}
          </p>
          {mayChange && (
            <Button onClick={() => setIsAsking(true)}>
              {inherits ? 'Make private…' : `Open to the people of ${above} again…`}
            </Button>
          )}
        </>
      )}
    </section>
  )
}

function useInheritance(node: Node, { tree }: OpenTree, onDone: () => void) {
  const { api } = useServices()
  const changed = useSharingChanged(node.id)
  return useMutation({
    mutationFn: (inherits: boolean) => putInheritance(api, node.id, inherits),
    onSuccess: (folder) => {
      tree.store.put([folder])
      toasts.show(
        folder.inherits ? `${folder.name} is open again` : `${folder.name} is private now`,
      )
      onDone()
    },
    onError: (error) => toasts.show(errorLine(error), { tone: 'error' }),
    onSettled: changed,
  })
}
