import type { Passkey } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { Fingerprint, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { removePasskey, renamePasskey } from '../api/account-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { formatTime } from '../files/format.ts'
import { canUsePasskeys } from '../session/can-use-passkeys.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { toasts } from '../ui/toast-list.ts'
import { passkeysQuery, useRefreshAccount } from './account-queries.ts'
import styles from './account.module.css'
import { addNewPasskey } from './add-passkey.ts'
import { NameDialog } from './name-dialog.tsx'
import { Row, Section } from './section.tsx'
import { useAction } from './use-action.ts'
import { useProven } from './use-proven.tsx'

export function PasskeysSection() {
  const { api } = useServices()
  const passkeys = useQuery(passkeysQuery(api))
  const refresh = useRefreshAccount()
  const { run, dialog } = useProven()
  const action = useAction()
  const [renaming, setRenaming] = useState<Passkey>()

  const add = () =>
    action.run(async () => {
      const passkey = await addNewPasskey(api, run)
      await refresh()
      setRenaming(passkey)
    })
  const remove = (passkey: Passkey) =>
    action.run(async () => {
      await run(() => removePasskey(api, passkey.id))
      toasts.show(`${passkey.name} no longer signs you in`)
      await refresh()
    })
  const rename = async (name: string) => {
    if (renaming) await renamePasskey(api, renaming.id, name)
    setRenaming(undefined)
    await refresh()
  }

  return (
    <Section
      title="Passkeys"
      text="Sign in by fingerprint, face or security key, without your password. A passkey works on this site alone."
      action={
        canUsePasskeys() ? (
          <Button disabled={action.isBusy} onClick={() => void add()}>
            Add a passkey
          </Button>
        ) : undefined
      }
    >
      {!canUsePasskeys() && (
        <p className={styles.empty}>
          At this address there can be none: passkeys need a host with a name, and HTTPS.
        </p>
      )}
      {passkeys.isError && (
        <ErrorState error={passkeys.error} onRetry={() => void passkeys.refetch()} />
      )}
      {passkeys.data && passkeys.data.length > 0 && (
        <ul className={styles.rows} aria-label="Passkeys">
          {passkeys.data.map((passkey) => (
            <PasskeyRow
              key={passkey.id}
              passkey={passkey}
              onRename={() => setRenaming(passkey)}
              onRemove={() => void remove(passkey)}
            />
          ))}
        </ul>
      )}
      {renaming && (
        <NameDialog
          title="Name the passkey"
          name={renaming.name}
          onSave={rename}
          onClose={() => setRenaming(undefined)}
        />
      )}
      {dialog}
    </Section>
  )
}

interface PasskeyRowProps {
  readonly passkey: Passkey
  readonly onRename: () => void
  readonly onRemove: () => void
}

function PasskeyRow({ passkey, onRename, onRemove }: PasskeyRowProps) {
  const { name } = passkey
  return (
    <Row icon={<Fingerprint size={20} aria-hidden />} title={name} note={describeUse(passkey)}>
      <IconButton label={`Rename ${name}`} onClick={onRename}>
        <Pencil size={16} aria-hidden />
      </IconButton>
      <IconButton label={`Remove ${name}`} onClick={onRemove}>
        <Trash2 size={16} aria-hidden />
      </IconButton>
    </Row>
  )
}

function describeUse({ createdAt, lastUsedAt }: Passkey): string {
  const now = Date.now()
  const added = `Added ${formatTime(createdAt, now)}`
  return lastUsedAt === null ? added : `${added}, last used ${formatTime(lastUsedAt, now)}`
}
