import type { Account, TotpSetUp } from '@cloudsync/protocol'
import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { beginTotp, removeTotp, renewRecoveryCodes } from '../api/account-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useRefreshAccount } from './account-queries.ts'
import styles from './account.module.css'
import { RecoveryCodesDialog } from './recovery-codes-dialog.tsx'
import { Row, Section } from './section.tsx'
import { TotpDialog } from './totp-dialog.tsx'
import { useAction } from './use-action.ts'
import { useProven } from './use-proven.tsx'

type Open =
  | { readonly kind: 'set-up'; readonly setUp: TotpSetUp }
  | { readonly kind: 'codes'; readonly codes: readonly string[] }
  | { readonly kind: 'off' }

export function TwoFactorSection({ account }: { readonly account: Account }) {
  const { api } = useServices()
  const refresh = useRefreshAccount()
  const { run, dialog } = useProven()
  const action = useAction()
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)

  const begin = () =>
    action.run(async () => setOpen({ kind: 'set-up', setUp: await run(() => beginTotp(api)) }))
  const renew = () =>
    action.run(async () => {
      const { recoveryCodes } = await run(() => renewRecoveryCodes(api))
      setOpen({ kind: 'codes', codes: recoveryCodes })
      await refresh()
    })
  const turnOff = () =>
    action.run(async () => {
      close()
      await run(() => removeTotp(api))
      toasts.show('Two-factor sign-in is off')
      await refresh()
    })

  return (
    <Section
      title="Two-factor sign-in"
      text="After your password you type a code that an app on your phone shows. Who has only one of them does not get in."
      action={
        account.hasTotp ? undefined : (
          <Button variant="primary" disabled={action.isBusy} onClick={() => void begin()}>
            Turn on
          </Button>
        )
      }
    >
      {account.hasTotp && (
        <ul className={styles.rows}>
          <Row
            icon={<ShieldCheck size={20} aria-hidden />}
            title="Authenticator app"
            badge="On"
            note={`${account.recoveryCodeCount} of 10 recovery codes left`}
          >
            <Button disabled={action.isBusy} onClick={() => void renew()}>
              New recovery codes
            </Button>
            <Button disabled={action.isBusy} onClick={() => setOpen({ kind: 'off' })}>
              Turn off
            </Button>
          </Row>
        </ul>
      )}
      {open?.kind === 'set-up' && (
        <TotpDialog
          setUp={open.setUp}
          onConfirmed={(codes) => {
            setOpen({ kind: 'codes', codes })
            void refresh()
          }}
          onClose={close}
        />
      )}
      {open?.kind === 'codes' && <RecoveryCodesDialog codes={open.codes} onClose={close} />}
      {open?.kind === 'off' && (
        <ConfirmDialog
          title="Turn two-factor sign-in off?"
          text="Your password alone will be enough to sign in, and the recovery codes are void."
          action="Turn off"
          isDangerous
          onConfirm={() => void turnOff()}
          onClose={close}
        />
      )}
      {dialog}
    </Section>
  )
}
