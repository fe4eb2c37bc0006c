import { createHash } from 'node:crypto'
import { createReadStream, type Dirent } from 'node:fs'
import { readdir, readlink } from 'node:fs/promises'
import { join, relative } from 'node:path'

/**
 * All that lies in a linked folder, by its path: a file by the SHA-256 of its bytes, a folder by `folder`, a link by where
 * it leads. What goes while
 * it is looked at is left out.
 */
export async function hashFolder(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    for (const entry of (await unlessGone(readdir(folder, { withFileTypes: true }))) ?? []) {
      const path = join(folder, entry.name)
      if (path === join(root, '.cloudsync')) continue
      if (entry.isDirectory()) folders.push(path)
      const content = await unlessGone(contentOf(entry, path))
      if (content !== undefined) found.set(relative(root, path), content)
    }
  return found
}

async function contentOf(entry: Dirent, path: string): Promise<string> {
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? `link to ${await readlink(path)}` : hashFile(path)
}

async function unlessGone<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part as Buffer)
  return hash.digest('hex')
}
