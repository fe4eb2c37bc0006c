import { createHash } from 'node:crypto'
import { chown, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { currentOwner, type Owner } from './run-as.ts'

export const POSTGRES_PORT = 5432

/** `sun_path` is 108 bytes on Linux and 104 on macOS, with the final NUL. */
const SOCKET_PATH_LIMIT_BYTES = process.platform === 'darwin' ? 103 : 107

/** Beside the data, or below the temporary directory when that path is too long for a socket. */
export function chooseSocketDirectory(dataDir: string): string {
  const beside = join(dataDir, 'postgres-socket')
  const socket = join(beside, `.s.PGSQL.${POSTGRES_PORT}`)
  if (Buffer.byteLength(socket) <= SOCKET_PATH_LIMIT_BYTES) return beside
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  return join(tmpdir(), `cloudsync-${hash}`)
}

/** Creates it for `owner` alone. Whoever can enter it is the database's superuser. */
export async function makePrivateDirectory(path: string, owner: Owner): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  await checkPrivateDirectory(path, owner)
  if (currentOwner().uid === 0) await chown(path, owner.uid, owner.gid)
}

/**
 * Throws when the directory is not ours or `owner`'s alone: in a temporary directory another user
 * may have put it there, with a server of his own listening.
 */
export async function checkPrivateDirectory(path: string, owner: Owner): Promise<void> {
  const stat = await lstat(path)
  const trusted = [owner.uid, currentOwner().uid]
  if (stat.isDirectory() && trusted.includes(stat.uid) && (stat.mode & 0o077) === 0) return
  throw new EmbeddedPostgresError(
    'foreign-data',
    `${path} is not a directory of this server alone (owner ${stat.uid}, mode ${(stat.mode & 0o777).toString(8)}). ` +
      "It is where the database's socket has to lie; remove it.",
  )
}
