import { Link } from '@tanstack/react-router'
import type { Node } from '@cloudsync/protocol'
import { FileIcon } from '../files/file-icon.tsx'
import { addressOf } from '../tree/node-address.ts'
import { showHidden } from '../ui/show-hidden.ts'
import { showTarget } from './link-place.ts'
import styles from './link-target.module.css'
import { useLinkTarget, type LinkEnd } from './use-link-target.ts'

/** So many characters may need more lines than are shown, and keys reach the others only with the focus. */
const mayScrollFrom = 150

/** Where a symbolic link leads, and the way there when that is in its space. */
export function LinkTarget({ node }: { readonly node: Node }) {
  const { target, isUnreadable, end } = useLinkTarget(node)
  if (isUnreadable) return <p>Where it leads could not be read.</p>
  if (target === undefined) return null
  return (
    <div className={styles.target}>
      <code dir="auto" tabIndex={target.length > mayScrollFrom ? 0 : undefined}>
        {showTarget(target)}
      </code>
      {end && <End end={end} />}
    </div>
  )
}

function End({ end }: { readonly end: LinkEnd }) {
  switch (end.kind) {
    case 'node':
      return <Way to={end.node} />
    case 'itself':
      return <p>It leads to itself.</p>
    case 'nothing':
      return <p>Broken link: nothing is there, or nothing that you may see.</p>
    case 'outside':
      return <p>This is outside the space. Only a computer that syncs the folder can follow it.</p>
    case 'unknown':
      return null
  }
}

function Way({ to }: { readonly to: Node }) {
  const name = to.parentId === null ? 'the space' : showHidden(to.name)
  return (
    <Link to={addressOf(to)} className={styles.way}>
      <FileIcon name={to.name} kind={to.kind} mode={to.mode} />
      <span dir="auto">Open {name}</span>
    </Link>
  )
}
