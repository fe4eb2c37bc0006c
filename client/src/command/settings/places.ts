import { createHash } from 'node:crypto'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/** Where things lie on this machine. */
export interface Places {
  /** What was decided: links, and who is signed in where. */
  readonly configDir: string
  /** What can be found out anew. */
  readonly stateDir: string
}

/** By the XDG base directories, on macOS too; `%APPDATA%` and `%LOCALAPPDATA%` on Windows. */
export function findPlaces(env: Env, platform: NodeJS.Platform = process.platform): Places {
  const home = env['HOME'] || homedir()
  const isWindows = platform === 'win32'
  const config = env['XDG_CONFIG_HOME'] || (isWindows && env['APPDATA']) || join(home, '.config')
  const state =
    env['XDG_STATE_HOME'] || (isWindows && env['LOCALAPPDATA']) || join(home, '.local', 'state')
  return { configDir: join(config, 'cloudsync'), stateDir: join(state, 'cloudsync') }
}

export function credentialsDirOf({ configDir }: Places): string {
  return join(configDir, 'credentials')
}

export function linksDirOf({ configDir }: Places): string {
  return join(configDir, 'links')
}

/** Of one link: its database, its lock and its socket. */
export function linkStateDirOf({ stateDir }: Places, linkId: string): string {
  return join(stateDir, linkId)
}

/** Addresses of Unix sockets hold 104 bytes on macOS and 108 on Linux, with the zero at their end. */
const maxSocketBytes = 103

/** Where the process of a link is to be spoken to: the same for everybody who knows the link. */
export function controlAddressOf(
  places: Places,
  linkId: string,
  platform: NodeJS.Platform = process.platform,
): string {
  const path = join(linkStateDirOf(places, linkId), 'control.sock')
  const name = createHash('sha256').update(path).digest('hex').slice(0, 24)
  if (platform === 'win32') return `\\\\.\\pipe\\cloudsync-${name}`
  if (Buffer.byteLength(path) <= maxSocketBytes) return path
  return join(tmpdir(), `cloudsync-${userInfo().uid}`, `${name}.sock`)
}

/** Who has it runs the link. */
export function lockPathOf(places: Places, linkId: string): string {
  return join(linkStateDirOf(places, linkId), 'lock')
}

export function storePathOf(places: Places, linkId: string): string {
  return join(linkStateDirOf(places, linkId), 'sync.sqlite')
}
