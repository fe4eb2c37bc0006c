import { rclone, rsync, syncthing, unison } from '../../scripts/system-programs.ts'
import { inParts } from './in-parts.ts'
import { measureLargeEdit } from './sync/large-edit.ts'
import { measureManyFiles } from './sync/many-files.ts'
import { measureRestart } from './sync/restart.ts'
import { measureStructure } from './sync/structure.ts'

/** A folder of one machine that is the same as one of another, beside programs that do only that. */
export const syncScenario = inParts({
  name: 'sync',
  title: 'Folders kept the same',
  ours: 'CloudSync: the command `cloudsync run` as it is published, for each folder, and the server as it starts by itself, with its embedded database, all on this machine',
  peers: [syncthing, unison, rclone, rsync],
  parts: {
    'many-files': measureManyFiles,
    structure: measureStructure,
    restart: measureRestart,
    'large-edit': measureLargeEdit,
  },
})
