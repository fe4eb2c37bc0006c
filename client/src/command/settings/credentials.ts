import { createHash } from 'node:crypto'
import { chmod, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { CommandError } from '../command-error.ts'
import { FileLock } from './file-lock.ts'
import { credentialsDirOf, type Places } from './places.ts'
import { findFileText, removePrivateFile, writePrivateFile } from './private-file.ts'

const signInSchema = z.object({
  kind: z.literal('sign-in'),
  issuedTo: z.union([z.literal('session'), z.object({ clientId: z.string() })]),
  accessToken: z.string(),
  accessTokenExpiresAt: z.number(),
  refreshToken: z.string(),
})
const accessTokenSchema = z.object({ kind: z.literal('token'), token: z.string() })
const credentialSchema = z.object({
  version: z.literal(1),
  server: z.url(),
  /** As it was called when it signed in; to show. */
  account: z.string(),
  secret: z.discriminatedUnion('kind', [signInSchema, accessTokenSchema]),
})
export type Credential = z.infer<typeof credentialSchema>

const lockWaitMs = 30_000

/** Who is signed in where, in files that nobody else may read: one for each server. */
export class Credentials {
  readonly #folder: string

  constructor(places: Places) {
    this.#folder = credentialsDirOf(places)
  }

  async list(): Promise<readonly Credential[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    const files = names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).toSorted()
    const found = await Promise.all(files.map((name) => read(join(this.#folder, name))))
    return found.filter((credential) => credential !== undefined)
  }

  find(server: string): Promise<Credential | undefined> {
    return read(this.#pathOf(server))
  }

  async save(credential: Credential): Promise<void> {
    await writePrivateFile(
      this.#pathOf(credential.server),
      `${JSON.stringify(credential, undefined, 2)}\n`,
    )
  }

  async remove(server: string): Promise<void> {
    await removePrivateFile(this.#pathOf(server))
  }

  /** Runs `task` while no other process of this person does for the same server. */
  async exclusively<T>(server: string, task: () => Promise<T>): Promise<T> {
    using lock = await FileLock.acquire(`${this.#pathOf(server)}.lock`, lockWaitMs)
    if (!lock) throw new CommandError('Another cloudsync process holds the sign-in; try again')
    return await task()
  }

  #pathOf(server: string): string {
    const { host } = new URL(server)
    const readable = host.replaceAll(/[^a-z0-9.-]/gi, '_')
    const hash = createHash('sha256').update(server).digest('hex').slice(0, 8)
    return join(this.#folder, `${readable}-${hash}.json`)
  }
}

async function read(path: string): Promise<Credential | undefined> {
  const text = await findFileText(path)
  if (text === undefined) return undefined
  await tighten(path)
  try {
    return credentialSchema.parse(JSON.parse(text))
  } catch {
    // What stands in it is a secret: not even what is wrong with it is told.
    throw new CommandError(
      `${path} cannot be read; remove it and sign in again by: cloudsync login`,
    )
  }
}

/** A copy or a backup may have made it readable for others. */
async function tighten(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) await chmod(path, 0o600)
}
