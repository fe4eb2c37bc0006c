import type { InstallationKeys } from '@cloudsync/protocol'
import { Key, LockKeyhole } from 'lucide-react'
import styles from '../account/account.module.css'
import { Row, Section } from '../account/section.tsx'
import { describeAge } from './describe-age.ts'

/** What is sealed at rest, and the keys above it. They are rotated at the server, where the master key lies. */
export function DataKeysSection({ keys }: { readonly keys: InstallationKeys['dataKeys'] }) {
  const now = Date.now()
  const masters = [...new Set(keys.map(({ masterFingerprint }) => masterFingerprint))]
  return (
    <Section
      title="Encryption at rest"
      text="Data keys lie in the database, wrapped by the master key, which lies outside of it."
    >
      <ul className={styles.rows} aria-label="Keys of what is stored">
        {masters.map((fingerprint) => (
          <Row
            key={fingerprint}
            icon={<LockKeyhole size={20} aria-hidden />}
            title="Master key"
            note={
              <>
                Fingerprint <code>{fingerprint}</code>
              </>
            }
          />
        ))}
        {keys.map((key) => (
          <Row
            key={key.id}
            icon={<Key size={20} aria-hidden />}
            title={`Data key ${key.id}`}
            badge={key.isCurrent ? 'Seals' : undefined}
            note={`${describeAge(key.createdAt, now)} · wrapped by ${key.masterFingerprint}`}
          />
        ))}
      </ul>
      <p className={styles.empty}>
        Rotate them at the server: <code>npm run admin -- keys rotate</code>, with{' '}
        <code>--new-data-key</code> for another data key. Back the master key up apart from the
        data.
      </p>
    </Section>
  )
}
