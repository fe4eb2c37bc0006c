import { ConfirmDialog } from '../ui/confirm-dialog.tsx'

export interface SignOutEverywhereDialogProps {
  readonly name: string
  readonly onConfirm: () => void
  readonly onClose: () => void
}

export function SignOutEverywhereDialog(props: SignOutEverywhereDialogProps) {
  return (
    <ConfirmDialog
      title={`Sign ${props.name} out everywhere?`}
      text="Every browser that they are signed in with shows the sign-in page within seconds. Tokens of programs go on."
      action="Sign out"
      isDangerous
      onConfirm={props.onConfirm}
      onClose={props.onClose}
    />
  )
}
