import type { TotpSetUp } from '@cloudsync/protocol'
import { useState, type FormEvent } from 'react'
import { confirmTotp } from '../api/account-endpoints.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { SecretBox } from '../ui/secret-box.tsx'
import styles from './account.module.css'
import { QrCode } from './qr-code.tsx'

export interface TotpDialogProps {
  readonly setUp: TotpSetUp
  readonly onConfirmed: (recoveryCodes: readonly string[]) => void
  readonly onClose: () => void
}

export function TotpDialog({ setUp, onConfirmed, onClose }: TotpDialogProps) {
  const { api } = useServices()
  const [code, setCode] = useState('')
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    try {
      const { recoveryCodes } = await confirmTotp(api, code)
      onConfirmed(recoveryCodes)
    } catch (error) {
      setFault(errorLine(error))
      setCode('')
      setIsBusy(false)
    }
  }

  return (
    <Dialog
      title="Turn on two-factor sign-in"
      description="Scan this with your authenticator app, or give it the key below. Then type the code that it shows."
      onClose={onClose}
    >
      <form className={styles.steps} onSubmit={(event) => void submit(event)}>
        <QrCode text={setUp.uri} label="QR code for the authenticator app" />
        <SecretBox label="Key" text={setUp.secret.replaceAll(/(.{4})(?=.)/g, '$1 ')} />
        <Field
          label="Code"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          maxLength={64}
          value={code}
          onChange={({ target }) => setCode(target.value)}
          error={fault}
        />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={isBusy}>
            Turn on
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
