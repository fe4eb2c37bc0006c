import { openCloudSyncPair } from '../../peers/cloudsync-folders.ts'
import { listCopyingPeers } from '../../peers/copying-programs.ts'
import type { FolderPairPeer } from '../../peers/folder-pair.ts'
import { openSyncthingPair } from '../../peers/syncthing-folders.ts'
import type { PartContext } from '../in-parts.ts'

export const ours = 'CloudSync'
export const syncthing = 'Syncthing'

/** All that are there, ours first. */
export function listPeers({ programs }: PartContext): FolderPairPeer[] {
  const program = programs['SYNCTHING_BIN']
  return [
    { title: ours, isWatching: true, open: (directory) => openCloudSyncPair(directory) },
    ...(program === undefined
      ? []
      : [
          {
            title: syncthing,
            isWatching: true,
            open: (directory: string) => openSyncthingPair(program, directory),
          },
        ]),
    ...listCopyingPeers(programs),
  ]
}
