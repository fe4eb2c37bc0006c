import styles from '../account/account.module.css'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { SecretBox, type SecretBoxProps } from '../ui/secret-box.tsx'

export interface OAuthCredentialsDialogProps {
  readonly title: string
  readonly clientId: string
  /** `null`: the app can keep none. */
  readonly clientSecret: string | null
  readonly onClose: () => void
}

/** What whoever runs the app puts into its settings. */
export function OAuthCredentialsDialog(props: OAuthCredentialsDialogProps) {
  const { title, clientId, clientSecret, onClose } = props
  const description =
    clientSecret === null
      ? 'The app needs its client ID. It has no secret, since it could not keep one.'
      : 'The app needs both. Copy the secret now: it is not shown again.'
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <Credential label="Client ID" text={clientId} />
      {clientSecret !== null && <Credential label="Client secret" text={clientSecret} />}
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function Credential(props: SecretBoxProps) {
  return (
    <fieldset className={styles.options}>
      <legend>{props.label}</legend>
      <SecretBox {...props} />
    </fieldset>
  )
}
