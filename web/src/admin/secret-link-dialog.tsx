import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { SecretBox } from '../ui/secret-box.tsx'

export interface SecretLinkDialogProps {
  readonly title: string
  readonly description: string
  readonly link: string
  readonly onClose: () => void
}

export function SecretLinkDialog({ title, description, link, onClose }: SecretLinkDialogProps) {
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <SecretBox label="Link" text={link} />
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  )
}
