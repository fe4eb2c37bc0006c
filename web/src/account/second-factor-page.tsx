import type { TotpSetUp } from '@cloudsync/protocol'
import { Fingerprint, Smartphone } from 'lucide-react'
import { useState } from 'react'
import { beginTotp } from '../api/account-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { canUsePasskeys } from '../session/can-use-passkeys.ts'
import { EntryPage } from '../session/entry-page.tsx'
import styles from '../session/entry-page.module.css'
import { Button } from '../ui/button.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { addNewPasskey } from './add-passkey.ts'
import { RecoveryCodesDialog } from './recovery-codes-dialog.tsx'
import { TotpDialog } from './totp-dialog.tsx'
import { useAction } from './use-action.ts'
import { useProven } from './use-proven.tsx'

type Open =
  | { readonly kind: 'set-up'; readonly setUp: TotpSetUp }
  | { readonly kind: 'codes'; readonly codes: readonly string[] }

/**
 * Instead of the app, for who has to set up a second factor first; under the address where they wanted to go, which
 * shows itself once the session is found to be whole.
 */
export function SecondFactorPage() {
  usePageTitle('Set up a second factor')
  const { api, session } = useServices()
  const { run, dialog } = useProven()
  const action = useAction()
  const [open, setOpen] = useState<Open>()
  const goOn = () => action.run(() => session.check())

  const addApp = () =>
    action.run(async () => setOpen({ kind: 'set-up', setUp: await run(() => beginTotp(api)) }))
  const addPasskey = () =>
    action.run(async () => {
      await addNewPasskey(api, run)
      await session.check()
    })

  return (
    <EntryPage title="Set up a second factor">
      <p>
        Your account needs two factors to sign in here: beside your password, something that only
        you have. Choose one; you can add others later.
      </p>
      <Button
        className={styles.wide}
        variant="primary"
        icon={<Smartphone size={16} aria-hidden />}
        disabled={action.isBusy}
        onClick={() => void addApp()}
      >
        Use an authenticator app
      </Button>
      {canUsePasskeys() && (
        <Button
          className={styles.wide}
          icon={<Fingerprint size={16} aria-hidden />}
          disabled={action.isBusy}
          onClick={() => void addPasskey()}
        >
          Use a passkey
        </Button>
      )}
      <div>
        <Button variant="quiet" onClick={() => void session.signOut()}>
          Sign out
        </Button>
      </div>
      {open?.kind === 'set-up' && (
        <TotpDialog
          setUp={open.setUp}
          onConfirmed={(codes) => setOpen({ kind: 'codes', codes })}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open?.kind === 'codes' && (
        <RecoveryCodesDialog codes={open.codes} onClose={() => void goOn()} />
      )}
      {dialog}
    </EntryPage>
  )
}
