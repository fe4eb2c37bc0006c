import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const privateFile = 0o600
const privateFolder = 0o700

/** A folder that nobody else may look into, with those on the way to it. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: privateFolder })
}

/** Durable and whole, or not at all; nobody else may read it at any time. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const folder = dirname(path)
  await ensurePrivateFolder(folder)
  const draft = join(folder, `.${randomUUID()}.tmp`)
  try {
    await using file = await open(draft, 'wx', privateFile)
    await file.writeFile(text)
    await file.sync()
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await syncFolder(folder)
}

export async function removePrivateFile(path: string): Promise<void> {
  await rm(path, { force: true })
}

/** What is in a file, or `undefined` where there is none. */
export async function findFileText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders.
  if (process.platform === 'win32') return
  await using folder = await open(path, 'r')
  await folder.sync()
}
