import { ConfirmDialog } from '../ui/confirm-dialog.tsx'

export interface SignOutDialogProps {
  readonly fileCount: number
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before somebody leaves edits behind that the server does not have. */
export function SignOutDialog({ fileCount, onConfirm, onClose }: SignOutDialogProps) {
  const files = fileCount === 1 ? 'A file has' : `${fileCount} files have`
  return (
    <ConfirmDialog
      title="Sign out with unsent changes?"
      text={`${files} changes that did not reach the server yet. They stay on this device and are sent when you sign in here again.`}
      action="Sign out"
      onConfirm={onConfirm}
      onClose={onClose}
    />
  )
}
