import { classNames } from './class-names.ts'
import { initialsOf } from './initials.ts'
import styles from './avatar.module.css'

export interface AvatarProps {
  readonly name: string
  readonly color: string
  readonly size?: 20 | 24 | 28
  readonly className?: string | undefined
}

/** A person's initials on their colour. The name beside it, or on the control around it, is the label. */
export function Avatar({ name, color, size = 24, className }: AvatarProps) {
  return (
    <span
      className={classNames(styles.avatar, className)}
      style={{ backgroundColor: color, width: size, height: size, fontSize: size * 0.42 }}
      data-initials={initialsOf(name)}
      aria-hidden
    />
  )
}
