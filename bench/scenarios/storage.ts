import {
  borg,
  casync,
  debugfs,
  mke2fs,
  rclone,
  restic,
  rsync,
  zsync,
  zsyncmake,
} from '../../scripts/system-programs.ts'
import { inParts } from './in-parts.ts'
import { measureDeltas } from './storage/deltas.ts'
import { measureFirstUploads } from './storage/first-uploads.ts'
import { measureLongUpload } from './storage/long-upload.ts'
import { measureSmallFiles } from './storage/small-files.ts'
import { measureVersions } from './storage/versions.ts'

/** What files cost: to take them in, to keep them, to give them back. */
export const storageScenario = inParts({
  name: 'storage',
  title: 'Files',
  ours: 'CloudSync as it starts by itself, with its embedded database, and files for its objects',
  peers: [restic, borg, rsync, zsync, zsyncmake, casync, rclone, mke2fs, debugfs],
  parts: {
    'first-uploads': measureFirstUploads,
    'long-upload': measureLongUpload,
    'small-files': measureSmallFiles,
    versions: measureVersions,
    deltas: measureDeltas,
  },
})
