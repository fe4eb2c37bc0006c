import type { SigningKeyItem } from '@cloudsync/protocol'
import { Signature } from 'lucide-react'
import styles from '../account/account.module.css'
import { Row, Section } from '../account/section.tsx'
import { describeAge } from './describe-age.ts'

const stateWords: Readonly<Record<SigningKeyItem['state'], string>> = {
  next: 'Next',
  current: 'Signs',
  old: 'Old',
}

/** What tokens are signed with. */
export function SigningKeysSection({ keys }: { readonly keys: readonly SigningKeyItem[] }) {
  const now = Date.now()
  return (
    <Section
      title="Signing keys"
      text="What tokens of people and apps are signed with. Every 90 days another one takes over, and nobody is signed out."
    >
      <ul className={styles.rows} aria-label="Signing keys">
        {keys.map((key) => (
          <Row
            key={key.id}
            icon={<Signature size={20} aria-hidden />}
            title={<code>{key.id}</code>}
            badge={stateWords[key.state]}
            note={describeKey(key, now)}
          />
        ))}
      </ul>
      <p className={styles.empty}>
        Sooner at the server: <code>npm run admin -- signing-keys rotate</code>, with{' '}
        <code>--leaked</code> when a key is in wrong hands.
      </p>
    </Section>
  )
}

const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

function describeKey(key: SigningKeyItem, now: number): string {
  const age = `${key.algorithm} · ${describeAge(key.createdAt, now)}`
  return key.state === 'next' ? `${age} · signs from ${time.format(new Date(key.signsFrom))}` : age
}
