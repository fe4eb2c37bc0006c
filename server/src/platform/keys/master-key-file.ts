import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { sealKeyBytes } from '@cloudsync/storage'
import { LocalMasterKey } from './local-master-key.ts'
import { MasterKeyError, type MasterKeySource } from './master-key.ts'
import { parseMasterKey } from './parse-master-key.ts'

export interface MasterKeyFileOptions {
  readonly path: string
  /** Whether the first server may make it. */
  readonly isMadeWhenMissing: boolean
}

export interface LocatedKey {
  readonly path: string
  readonly key: LocalMasterKey
}

/**
 * The master key in a file. While it is changed there are three:
 *
 *     <path>                      the key
 *     <path>.new                  the next one, from before the database is sealed under it
 *     <path>.<fingerprint>.old    one that was, which older backups of the database need
 *
 * Which of them counts is told by the database, by the fingerprint, so that a crash at any moment leaves
 * one that does.
 */
export class MasterKeyFile implements MasterKeySource {
  readonly path: string
  readonly #isMadeWhenMissing: boolean

  constructor({ path, isMadeWhenMissing }: MasterKeyFileOptions) {
    this.path = resolve(path)
    this.#isMadeWhenMissing = isMadeWhenMissing
  }

  /** Where the next key lies until it takes its place. */
  get nextPath(): string {
    return `${this.path}.new`
  }

  async getKey(fingerprint: string): Promise<LocalMasterKey> {
    return (await this.locate(fingerprint)).key
  }

  /** In which of the files a key is. Throws `MasterKeyError` when it is in none. */
  async locate(fingerprint: string): Promise<LocatedKey> {
    // Between the first two looks the next one may have taken its place.
    for (const path of [this.path, this.nextPath, this.path, this.#oldPath(fingerprint)]) {
      const key = await findKeyAt(path)
      if (key?.fingerprint === fingerprint) return { path, key }
    }
    throw this.#unusable(fingerprint, (await findKeyAt(this.path))?.fingerprint)
  }

  async ensureKey(): Promise<LocalMasterKey> {
    const key = await findKeyAt(this.path)
    if (!key && !this.#isMadeWhenMissing)
      throw new MasterKeyError(
        `The master key ${this.path} does not exist. ` +
          `\`openssl rand -hex 32\` makes one; or leave MASTER_KEY_FILE away, and one is made.`,
      )
    if (!key) await makeKey(this.path)
    // Also one that another server has made just now: nothing is sealed with what a power cut may take.
    await syncDirectory(this.path)
    return key ?? (await getKeyAt(this.path))
  }

  /**
   * Lays the next key beside the one with this fingerprint: that of another file, or a new one. It does
   * not count yet.
   */
  async prepareNext(fingerprint: string, sourcePath?: string): Promise<LocalMasterKey> {
    const content = sourcePath === undefined ? newKey() : await readKeyFile(sourcePath)
    const key = new LocalMasterKey(parseMasterKey(content, sourcePath ?? this.nextPath))
    if (key.fingerprint === fingerprint)
      throw new MasterKeyError(`The new master key is the present one, ${fingerprint}.`)
    if (sourcePath !== undefined && resolve(sourcePath) === this.nextPath) return key
    await rm(this.nextPath, { force: true })
    await writeNew(this.nextPath, content)
    await syncDirectory(this.path)
    return key
  }

  /**
   * Puts the next key in place if it is the one that the database is sealed under, and keeps the one before
   * it as `.old`. Says whether it did; may be called again after a crash.
   */
  async promoteNext(fingerprint: string): Promise<boolean> {
    const key = await findKeyAt(this.path)
    if (key?.fingerprint === fingerprint) return false
    const next = await findKeyAt(this.nextPath)
    if (next?.fingerprint !== fingerprint) return false
    if (key) await keepUnder(this.path, this.#oldPath(key.fingerprint))
    await rename(this.nextPath, this.path)
    await syncDirectory(this.path)
    return true
  }

  async settle(fingerprint: string): Promise<void> {
    try {
      await this.promoteNext(fingerprint)
    } catch (error) {
      // Where the key is given to us to read only, the operator puts it in place; it is found until then.
      if (!['EROFS', 'EACCES', 'EPERM', 'EBUSY'].some((code) => hasCode(error, code))) throw error
    }
  }

  /** Deletes a key that was. Older backups of the database are lost without it. */
  async deleteOld(fingerprint: string): Promise<void> {
    await rm(this.#oldPath(fingerprint), { force: true })
    await syncDirectory(this.path)
  }

  #oldPath(fingerprint: string): string {
    return `${this.path}.${fingerprint}.old`
  }

  #unusable(needed: string, found: string | undefined): MasterKeyError {
    const state =
      found === undefined
        ? `The master key ${this.path} does not exist.`
        : `The master key ${this.path} is not that of this database: its fingerprint is ${found}.`
    return new MasterKeyError(
      `${state} The database is sealed under the key with the fingerprint ${needed}, and nothing in it can be ` +
        `read without. Put that key there, from your backup or from the server that has it, ` +
        `or say where it is with MASTER_KEY_FILE. Nothing was changed.`,
    )
  }
}

function newKey(): Buffer {
  return Buffer.from(`${randomBytes(sealKeyBytes).toString('hex')}\n`)
}

async function getKeyAt(path: string): Promise<LocalMasterKey> {
  return new LocalMasterKey(parseMasterKey(await readKeyFile(path), path))
}

async function findKeyAt(path: string): Promise<LocalMasterKey | undefined> {
  try {
    return await getKeyAt(path)
  } catch (error) {
    if (error instanceof MasterKeyError && hasCode(error.cause, 'ENOENT')) return undefined
    throw error
  }
}

async function readKeyFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MasterKeyError(`The master key ${path} cannot be read: ${reason}`, { cause })
  }
}

/** Several servers may make it at once: one of them does, whole, and the others find it. */
async function makeKey(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${randomUUID()}.draft`
  await writeNew(draft, newKey())
  try {
    await keepUnder(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

async function writeNew(path: string, content: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A second name for a file, which stays as it is where there is one of this name already. */
async function keepUnder(path: string, name: string): Promise<void> {
  try {
    await link(path, name)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
