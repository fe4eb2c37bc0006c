import { Download } from 'lucide-react'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { saveFile } from '../ui/save-file.ts'
import { SecretBox } from '../ui/secret-box.tsx'

export interface RecoveryCodesDialogProps {
  readonly codes: readonly string[]
  readonly onClose: () => void
}

/** They are shown this once. */
export function RecoveryCodesDialog({ codes, onClose }: RecoveryCodesDialogProps) {
  const text = codes.join('\n')
  return (
    <Dialog
      title="Keep your recovery codes"
      description="Each lets you in once when your phone is not at hand. Keep them where you would keep a key: they are not shown again."
      onClose={onClose}
    >
      <SecretBox label="Recovery codes" text={text} />
      <DialogActions>
        <Button
          icon={<Download size={16} aria-hidden />}
          onClick={() => saveFile(new Blob([`${text}\n`]), 'cloudsync-recovery-codes.txt')}
        >
          Save as a file
        </Button>
        <Button variant="primary" onClick={onClose}>
          I have kept them
        </Button>
      </DialogActions>
    </Dialog>
  )
}
