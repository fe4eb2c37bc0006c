import type { Grant } from '@cloudsync/protocol'
import { useState } from 'react'
import { useMe } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { formatDay } from './expiry.ts'
import type { InheritedGrants } from './load-sharing.ts'
import { choiceOf, type RoleChoice } from './role-choices.ts'
import type { SeenSpace } from './seen-space.ts'
import { SubjectIcon } from './subject-icon.tsx'
import styles from './share.module.css'
import { showHidden } from '../ui/show-hidden.ts'

export interface InheritedSectionProps {
  readonly inherited: InheritedGrants
  readonly space: SeenSpace
  readonly choices: readonly RoleChoice[]
}

/** So many are shown before somebody asks for all of them. */
const shownAtFirst = 5

/** Who has access from a folder above, or as a member of the space. It is changed there. */
export function InheritedSection({ inherited, space, choices }: InheritedSectionProps) {
  const { folder, ownersOnly, grants } = inherited
  const [showsAll, setShowsAll] = useState(false)
  const isRoot = folder.parentId === null
  const title = ownersOnly
    ? `Owners of ${space.name}`
    : isRoot
      ? `Members of ${space.name}`
      : `From the folder ${folder.name}`
  if (grants?.length === 0) return null
  const shown = showsAll ? grants : grants?.slice(0, shownAtFirst)
  const rest = (grants?.length ?? 0) - (shown?.length ?? 0)
  return (
    <section className={styles.section}>
      <h3 dir="auto">{showHidden(title)}</h3>
      {shown ? (
        <ul aria-label={title}>
          {shown.map((grant) => (
            <InheritedRow key={grant.id} grant={grant} choices={choices} />
          ))}
        </ul>
      ) : (
        <p className={styles.hint}>Who they are is shown to those who may share that folder.</p>
      )}
      {rest > 0 && (
        <Button variant="quiet" onClick={() => setShowsAll(true)}>
          Show {rest} more
        </Button>
      )}
    </section>
  )
}

function InheritedRow({
  grant,
  choices,
}: {
  readonly grant: Grant
  readonly choices: readonly RoleChoice[]
}) {
  const me = useMe()
  const { subject, expiresAt } = grant
  return (
    <li className={styles.row}>
      <SubjectIcon subject={subject} />
      <span className={styles.person}>
        <span className={styles.name} dir="auto">
          {subject.name === '' ? 'A link' : subject.name}
          {subject.id === me.id && ' (you)'}
        </span>
        {expiresAt !== null && <span className={styles.detail}>Until {formatDay(expiresAt)}</span>}
      </span>
      <span className={styles.role}>{choiceOf(choices, grant)?.label ?? 'Another role'}</span>
    </li>
  )
}
