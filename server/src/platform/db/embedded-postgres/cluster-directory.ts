import {
  lchown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  mkdtemp,
  chown,
} from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ClusterSite } from './cluster-site.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { EMBEDDED_MAJOR_VERSION } from './postgres-binaries.ts'
import { commandAs, currentOwner, type Owner, ownerOf, type RunAs } from './run-as.ts'
import { type CommandResult, runCommand } from './run-command.ts'

export const SUPERUSER = 'cloudsync'

const ATTEMPT_SUFFIX = '.new-'

/** Whose the data directory is; unset when there is none, or an empty one. Throws when it is not ours to use. */
export async function inspectCluster(clusterDir: string): Promise<Owner | undefined> {
  const owner = await stat(clusterDir).catch(ignoreMissing)
  if (owner === undefined) return undefined
  checkOwner(clusterDir, owner)
  const entries = await listDirectory(clusterDir)
  if (entries === undefined || entries.length === 0) return undefined
  if (!entries.includes('PG_VERSION'))
    throw new EmbeddedPostgresError(
      'foreign-data',
      `${clusterDir} holds something that is no PostgreSQL database (${entries.slice(0, 3).join(', ')}). ` +
        'Move it away, or choose another data directory.',
    )
  const versionFile = join(clusterDir, 'PG_VERSION')
  const version = (await readFile(versionFile, 'utf8').catch(ignoreMissing))?.trim()
  // Taken away this moment.
  if (version === undefined) return undefined
  if (version !== String(EMBEDDED_MAJOR_VERSION))
    throw new EmbeddedPostgresError(
      'other-version',
      `${clusterDir} was written by PostgreSQL ${version}, and this server brings PostgreSQL ${EMBEDDED_MAJOR_VERSION}. ` +
        'It is not converted by itself: start the CloudSync version that wrote it, make a backup and restore that here.',
    )
  return { uid: owner.uid, gid: owner.gid }
}

function checkOwner(clusterDir: string, owner: Owner): void {
  const { uid } = currentOwner()
  if (uid === 0 || uid === owner.uid) return
  throw new EmbeddedPostgresError(
    'foreign-data',
    `${clusterDir} belongs to the user with the id ${owner.uid}, and this server runs as ${uid}. ` +
      'Start it as that user, or give the data directory to this one.',
  )
}

/**
 * Makes the data directory. It is built and synced aside and then renamed: a half-made one never has
 * the name. The caller holds the cluster's lock.
 */
export async function createCluster(site: ClusterSite): Promise<void> {
  await removeAbandonedAttempts(site)
  const runAs = await site.runAs(undefined)
  const attempt = await mkdtemp(`${site.clusterDir}${ATTEMPT_SUFFIX}`)
  try {
    const { uid, gid } = ownerOf(runAs)
    if (currentOwner().uid === 0) await chown(attempt, uid, gid)
    await runInitdb(site, runAs, attempt)
    await rename(attempt, site.clusterDir)
    await syncDirectory(site.dataDir)
  } catch (error) {
    await rm(attempt, { recursive: true, force: true })
    throw error
  }
}

/** As root: PostgreSQL, as another user, has to pass through. Its own directories stay closed. */
export async function makeDataDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: currentOwner().uid === 0 ? 0o711 : 0o700 })
}

/** Gives the files to whom PostgreSQL will run as. Only while no PostgreSQL runs on them. */
export async function handOverCluster(clusterDir: string, to: Owner): Promise<void> {
  for (const entry of await readdir(clusterDir, { recursive: true }))
    await lchown(join(clusterDir, entry), to.uid, to.gid)
  await lchown(clusterDir, to.uid, to.gid)
}

async function runInitdb(site: ClusterSite, runAs: RunAs, directory: string): Promise<void> {
  const run = (letters: string) =>
    runCommand(commandAs(runAs, site.binaries.initdb, initdbArguments(site, directory, letters)))
  let result: CommandResult = await run('C.UTF-8')
  // Not every system has this one by this name; without it pg_trgm knows ASCII letters only.
  if (result.output.includes('invalid locale name')) result = await run('C')
  if (result.exitCode === 0) return
  throw new EmbeddedPostgresError(
    'initdb-failed',
    `PostgreSQL could not create its data directory in ${site.dataDir}: ${result.output}` +
      (result.output.includes('shared libraries')
        ? '\nIts package was installed without its install script: npm rebuild makes up for that.'
        : ''),
  )
}

/**
 * Text sorts by its bytes, as with the locale C, but letters are those of Unicode: in C itself full
 * text search keeps "Ä" and "ä" apart and trigrams ignore both.
 */
function initdbArguments(site: ClusterSite, directory: string, letters: string): string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${SUPERUSER}`,
    '--encoding=UTF8',
    '--locale=C',
    `--lc-ctype=${letters}`,
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    // The socket's directory is ours alone.
    '--auth-local=trust',
    '--auth-host=reject',
    '--no-instructions',
    ...(site.ephemeral ? ['--no-sync'] : []),
  ]
}

/** Of those who were killed during initdb. */
async function removeAbandonedAttempts(site: ClusterSite): Promise<void> {
  const prefix = `${basename(site.clusterDir)}${ATTEMPT_SUFFIX}`
  for (const entry of await readdir(site.dataDir)) {
    if (!entry.startsWith(prefix)) continue
    // A killed server's initdb may still be writing; then the next start removes it.
    await rm(join(site.dataDir, entry), { recursive: true, force: true }).catch((error: unknown) =>
      site.log.debug({ err: error }, 'An abandoned database directory could not be removed'),
    )
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function listDirectory(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code === 'ENOENT') return undefined
    if (error.code !== 'ENOTDIR') throw error
    throw new EmbeddedPostgresError('foreign-data', `${path} should be a directory and is none.`, {
      cause: error,
    })
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r')
  await directory.sync()
}
