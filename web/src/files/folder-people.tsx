import type { NodeId } from '@cloudsync/protocol'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useMe, useServices } from '../app/services.tsx'
import { FolderPresence } from '../live/folder-presence.ts'
import { Avatar } from '../ui/avatar.tsx'
import styles from './folder-people.module.css'

const maxShown = 4

/** Who else has the folder open. */
export function FolderPeople({ folderId }: { readonly folderId: NodeId }) {
  const presence = useFolderPresence(folderId)
  const people = useSyncExternalStore(
    presence?.subscribe ?? noSubscription,
    () => presence?.people ?? nobody,
  )
  if (people.length === 0) return null
  const rest = people.length - maxShown
  return (
    <ul className={styles.people} aria-label="People here">
      {people.slice(0, maxShown).map(({ id, name, color }) => (
        <li key={id} title={`${name} is here`}>
          <Avatar name={name} color={color} size={28} />
          <span className="visually-hidden">{name}</span>
        </li>
      ))}
      {rest > 0 && <li className={styles.rest}>+{rest}</li>}
    </ul>
  )
}

const nobody: FolderPresence['people'] = []
const noSubscription = () => () => undefined

function useFolderPresence(folderId: NodeId): FolderPresence | undefined {
  const me = useMe()
  const { session } = useServices()
  const [presence, setPresence] = useState<FolderPresence>()
  useEffect(() => {
    const opened = new FolderPresence({ folderId, ownId: me.id, session })
    setPresence(opened)
    return () => opened.close()
  }, [folderId, me.id, session])
  return presence
}
