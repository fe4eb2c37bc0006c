import type { Migration } from '../migrate.ts'
import { core } from './0001-core.ts'
import { trees } from './0002-trees.ts'
import { purges } from './0003-purges.ts'
import { servers } from './0004-servers.ts'
import { trashTimes } from './0005-trash-times.ts'
import { folders } from './0006-folders.ts'
import { dataKeys } from './0007-data-keys.ts'
import { packs } from './0008-packs.ts'
import { uploadSessions } from './0009-upload-sessions.ts'
import { versionSpaces } from './0010-version-spaces.ts'
import { quotas } from './0011-quotas.ts'
import { versionRetention } from './0012-version-retention.ts'
import { accounts } from './0013-accounts.ts'
import { access } from './0014-access.ts'
import { oauth } from './0015-oauth.ts'
import { cookies } from './0016-cookies.ts'
import { sealedSigningKeys } from './0017-sealed-signing-keys.ts'
import { sync } from './0018-sync.ts'
import { fileModes } from './0019-file-modes.ts'

/** All migrations, in order. Forward only: a released one is never edited. */
export const migrations: readonly Migration[] = [
  core,
  trees,
  purges,
  servers,
  trashTimes,
  folders,
  dataKeys,
  packs,
  uploadSessions,
  versionSpaces,
  quotas,
  versionRetention,
  accounts,
  access,
  oauth,
  cookies,
  sealedSigningKeys,
  sync,
  fileModes,
]
