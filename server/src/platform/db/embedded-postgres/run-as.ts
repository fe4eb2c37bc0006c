import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { type Command, runCommand } from './run-command.ts'

/**
 * As whom PostgreSQL runs. It refuses to run as root, and initdb refuses a user without a name.
 *
 * `user`: as another user, to whom the data directory belongs.
 * `namespace`: in a user namespace that shows our own id under another number; the files stay ours,
 * and so also what only we can reach is in its reach.
 */
export type RunAs =
  | { readonly kind: 'self' }
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'namespace'; readonly shownUid: number }

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export interface RunAsRequest {
  readonly binaries: PostgresBinaries
  /** What PostgreSQL has to reach, besides its programs. */
  readonly directories: readonly string[]
  /** Of the data directory, when there is one. */
  readonly clusterOwner: Owner | undefined
}

interface Account extends Owner {
  readonly name: string
}

/** Accounts to become instead of root, the better separated first. */
const UNPRIVILEGED_ACCOUNTS = ['cloudsync', 'postgres', 'nobody']

export function commandAs(runAs: RunAs, file: string, args: readonly string[]): Command {
  switch (runAs.kind) {
    case 'self':
      return { file, args }
    case 'user':
      return { file, args, uid: runAs.uid, gid: runAs.gid }
    case 'namespace': {
      const map = [`--map-user=${runAs.shownUid}`, `--map-group=${runAs.shownUid}`]
      return { file: 'unshare', args: ['--user', ...map, '--', file, ...args] }
    }
  }
}

/** To whom the files of a PostgreSQL belong that runs so. */
export function ownerOf(runAs: RunAs): Owner {
  return runAs.kind === 'user' ? runAs : currentOwner()
}

export function currentOwner(): Owner {
  if (process.getuid === undefined || process.getgid === undefined)
    throw new EmbeddedPostgresError(
      'no-way-to-run',
      'This platform has no embedded PostgreSQL. Set DATABASE_URL to a PostgreSQL 14 or newer.',
    )
  return { uid: process.getuid(), gid: process.getgid() }
}

/** Finds a way that works here, or throws an error that says what would have to change. */
export function chooseRunAs(request: RunAsRequest): Promise<RunAs> {
  return currentOwner().uid === 0 ? insteadOfRoot(request) : asOrdinaryUser(request)
}

async function asOrdinaryUser(request: RunAsRequest): Promise<RunAs> {
  const { uid } = currentOwner()
  // The name is needed by initdb only.
  if (request.clusterOwner !== undefined || hasName()) return { kind: 'self' }
  const namespace: RunAs = { kind: 'namespace', shownUid: await findShownUid() }
  const problem = await probe(namespace, request)
  if (problem === undefined) return namespace
  throw new EmbeddedPostgresError(
    'no-way-to-run',
    `The user id ${uid} has no name on this machine, which PostgreSQL needs to create a database, ` +
      `and user namespaces are not available (${problem}). ` +
      'Give the id an entry in /etc/passwd, allow user namespaces, or set DATABASE_URL.',
  )
}

async function insteadOfRoot(request: RunAsRequest): Promise<RunAs> {
  const account = await findUnprivilegedAccount()
  const problems: string[] = []
  for (const candidate of await rootCandidates(request.clusterOwner, account)) {
    const problem = await probe(candidate, request)
    if (problem === undefined) return candidate
    const name = candidate.kind === 'user' ? `as user ${candidate.uid}` : 'in a user namespace'
    problems.push(`${name}: ${problem}`)
  }
  throw new EmbeddedPostgresError(
    'no-way-to-run',
    `PostgreSQL refuses to run as root, and no way around it works here (${problems.join('; ')}). ` +
      `Either let the user "${account?.name ?? 'nobody'}" reach ${request.directories.join(', ')} and the programs ` +
      `(${request.binaries.postgres}), for example by chmod o+x on the directories above them; ` +
      'or allow user namespaces (unshare --user). Starting as an ordinary user, or DATABASE_URL, works as well.',
  )
}

/** What the data directory was made for comes first: anything else means to hand it over. */
async function rootCandidates(
  clusterOwner: Owner | undefined,
  account: Account | undefined,
): Promise<RunAs[]> {
  const namespace: RunAs = { kind: 'namespace', shownUid: await findShownUid() }
  const drop: RunAs[] =
    account === undefined ? [] : [{ kind: 'user', uid: account.uid, gid: account.gid }]
  if (clusterOwner === undefined) return [...drop, namespace]
  if (clusterOwner.uid === 0) return [namespace, ...drop]
  const { uid, gid } = clusterOwner
  return [{ kind: 'user', uid, gid }, namespace, ...drop]
}

/** Tries to reach all directories and to execute PostgreSQL. Returns what is in the way. */
async function probe(runAs: RunAs, request: RunAsRequest): Promise<string | undefined> {
  const script = 'program=$1; shift; for d; do cd "$d" || exit 1; done; exec "$program" --version'
  const args = ['-c', script, 'sh', request.binaries.postgres, ...request.directories]
  const result = await runCommand(commandAs(runAs, '/bin/sh', args))
  return result.exitCode === 0 ? undefined : result.output || `exit code ${result.exitCode}`
}

function hasName(): boolean {
  try {
    return userInfo().username !== ''
  } catch {
    return false
  }
}

async function findUnprivilegedAccount(): Promise<Account | undefined> {
  const accounts = await readAccounts()
  for (const name of UNPRIVILEGED_ACCOUNTS) {
    const account = accounts.find((each) => each.name === name && each.uid !== 0)
    if (account !== undefined) return account
  }
  return undefined
}

/**
 * An id that has a name. Not nobody's: in a namespace all strangers appear as nobody, and PostgreSQL
 * could not tell a foreign data directory from its own.
 */
async function findShownUid(): Promise<number> {
  const accounts = await readAccounts()
  return accounts.find(({ uid }) => uid > 0 && uid < 65534)?.uid ?? 65534
}

async function readAccounts(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    if (!name || !uid || !gid) return []
    return [{ name, uid: Number(uid), gid: Number(gid) }]
  })
}
