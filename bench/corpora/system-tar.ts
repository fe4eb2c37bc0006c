import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { lstat, readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'

const roots = ['/usr/lib', '/usr/share']
/** One large program would stand for all the rest. */
const maxFileBytes = 16 * 1024 * 1024

/**
 * Writes a tar of so many bytes of what is installed on this machine: programs, libraries, texts, images.
 * The same files give the same tar: they are drawn by the hashes of their paths.
 */
export async function writeSystemTar(path: string, sizeBytes: number): Promise<void> {
  await packFiles(path, await drawSystemFiles(sizeBytes))
  // What tar adds has made it longer than asked for.
  await truncate(path, sizeBytes)
}

/** So many bytes of files of this machine, by the hashes of their paths. */
export async function drawSystemFiles(sizeBytes: number): Promise<string[]> {
  const chosen: string[] = []
  let chosenBytes = 0
  for (const file of await listInDrawnOrder()) {
    if (chosenBytes >= sizeBytes) break
    const { size } = await lstat(file)
    if (size > maxFileBytes) continue
    chosen.push(file)
    chosenBytes += size
  }
  if (chosenBytes < sizeBytes) throw new Error(`${roots.join(' and ')} hold too little`)
  return chosen
}

async function listInDrawnOrder(): Promise<string[]> {
  const found = await Promise.all(
    roots.map((root) => readdir(root, { recursive: true, withFileTypes: true })),
  )
  return found
    .flat()
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, key: createHash('sha256').update(file).digest('hex') }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ file }) => file)
}

async function packFiles(path: string, files: readonly string[]): Promise<void> {
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--hard-dereference']
  const list = ['--absolute-names', '--no-recursion', '--null', '--files-from=-']
  const tar = spawn('tar', ['--create', `--file=${path}`, ...owner, ...list], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  tar.stdin.end(files.map((file) => `${file}\0`).join(''))
  const [code] = (await once(tar, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`tar ended with ${code}`)
}
