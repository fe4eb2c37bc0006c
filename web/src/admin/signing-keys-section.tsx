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
      text="What tokens of people and apps are signed with. Everybody may read their public parts."
    >
      <ul className={styles.rows} aria-label="Signing keys">
        {keys.map((key) => (
          <Row
            key={key.id}
            icon={<Signature size={20} aria-hidden />}
            title={<code>{key.id}</code>}
            badge={stateWords[key.state]}
            note={`${key.algorithm} · ${describeAge(key.createdAt, now)}`}
          />
        ))}
      </ul>
    </Section>
  )
}
