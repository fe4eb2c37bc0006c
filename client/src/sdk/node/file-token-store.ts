import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { StoredTokens, TokenStore } from '../sign-in/token-store.ts'
import { withFileLock } from './file-lock.ts'

/**
 * Keeps a sign-in in a file that its owner alone may read. What is saved is on the disk when `save` resolves, and whole
 * or not at all. Any number of processes may share the file.
 */
export class FileTokenStore implements TokenStore {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** A file that is no sign-in counts as none. */
  async load(): Promise<StoredTokens | undefined> {
    try {
      return parseTokens(JSON.parse(await readFile(this.#path, 'utf8')))
    } catch (error) {
      if (error instanceof SyntaxError || isMissing(error)) return undefined
      throw error
    }
  }

  async save(tokens: StoredTokens | undefined): Promise<void> {
    const folder = dirname(this.#path)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if (!tokens) await rm(this.#path, { force: true })
    else await this.#replace(JSON.stringify(tokens))
    await syncFolder(folder)
  }

  async exclusively<T>(task: () => Promise<T>): Promise<T> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    return withFileLock(`${this.#path}.lock`, task)
  }

  async #replace(text: string): Promise<void> {
    const draft = `${this.#path}.${randomUUID()}`
    try {
      const file = await open(draft, 'wx', 0o600)
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(draft, this.#path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }
}

/** Windows cannot, and need not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function parseTokens(value: unknown): StoredTokens | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { issuedTo, accessToken, accessTokenExpiresAt, refreshToken } =
    value as Partial<StoredTokens>
  const isKnown =
    (issuedTo === 'session' || typeof issuedTo?.clientId === 'string') &&
    typeof accessToken === 'string' &&
    typeof accessTokenExpiresAt === 'number' &&
    typeof refreshToken === 'string'
  return isKnown ? { issuedTo, accessToken, accessTokenExpiresAt, refreshToken } : undefined
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
