import type { Node } from '@cloudsync/protocol'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { useGiveUp } from './use-give-up.ts'

export interface GiveUpDialogProps {
  readonly node: Node
  readonly onClose: () => void
}

/** Asks before somebody gives up what only others can give them again. */
export function GiveUpDialog({ node, onClose }: GiveUpDialogProps) {
  const { access, own, removal } = useGiveUp(node, onClose)
  const isByGroup = access.isSuccess && !own
  return (
    <Dialog
      title={`Give up access to ${node.name}?`}
      description={
        isByGroup
          ? 'You have it through a group that you are in. Whoever shared it, or an administrator, can change that.'
          : 'It goes from your list. To get it back, somebody has to share it with you again.'
      }
      onClose={onClose}
    >
      {access.isError && <ErrorState error={access.error} onRetry={() => void access.refetch()} />}
      <DialogActions>
        <Button onClick={onClose}>{isByGroup ? 'Close' : 'Cancel'}</Button>
        {!isByGroup && (
          <Button
            variant="danger"
            disabled={!own || removal.isPending}
            onClick={() => removal.mutate()}
          >
            Give up access
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}
