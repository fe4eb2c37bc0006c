import type { NodeId } from '@cloudsync/protocol'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { accessKey } from '../access/use-abilities.ts'
import { useMe, useServices } from '../app/services.tsx'
import { FolderPresence } from '../live/folder-presence.ts'
import { Avatar } from '../ui/avatar.tsx'
import styles from '../ui/people.module.css'

const maxShown = 4

export interface FolderPeopleProps {
  readonly folderId: NodeId
  /** Called when what lies in the folder may have changed. */
  readonly onChildren?: (() => void) | undefined
}

/** Who else has the folder open. Of one's own access, too, its live document tells first. */
export function FolderPeople(props: FolderPeopleProps) {
  const presence = useFolderPresence(props)
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
          <span className={styles.person}>
            <Avatar name={name} color={color} size={28} />
          </span>
          <span className="visually-hidden">{name}</span>
        </li>
      ))}
      {rest > 0 && <li className={styles.more}>+{rest}</li>}
    </ul>
  )
}

const nobody: FolderPresence['people'] = []
const noSubscription = () => () => undefined

function useFolderPresence({
  folderId,
  onChildren,
}: FolderPeopleProps): FolderPresence | undefined {
  const me = useMe()
  const { session, queryClient } = useServices()
  const [presence, setPresence] = useState<FolderPresence>()
  useEffect(() => {
    const opened = new FolderPresence({
      folderId,
      ownId: me.id,
      session,
      onChildren,
      onAccess: () => void queryClient.invalidateQueries({ queryKey: accessKey }),
    })
    setPresence(opened)
    return () => opened.close()
  }, [folderId, me.id, session, queryClient, onChildren])
  return presence
}
