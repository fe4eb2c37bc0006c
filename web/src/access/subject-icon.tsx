import type { GrantSubject } from '@cloudsync/protocol'
import { Link2, UsersRound } from 'lucide-react'
import { useMe } from '../app/services.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { useRecipients } from './sharing-queries.ts'
import styles from './share.module.css'

/** Of somebody whose own colour is not known. */
const anyColor = '#5c6470'

export function SubjectIcon({ subject }: { readonly subject: GrantSubject }) {
  const me = useMe()
  const known = useRecipients().find(({ id }) => id === subject.id)
  if (subject.kind === 'user') {
    const color = known?.kind === 'user' ? known.color : anyColor
    return <Avatar name={subject.name} color={subject.id === me.id ? me.color : color} size={28} />
  }
  const Icon = subject.kind === 'group' ? UsersRound : Link2
  return (
    <span className={styles.groupIcon} aria-hidden>
      <Icon size={16} />
    </span>
  )
}
