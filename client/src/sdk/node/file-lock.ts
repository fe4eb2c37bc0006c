import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, stat, unlink, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

const pollMs = 25
const beatMs = 5_000
/** Whose holder has not been heard of for so long is nobody's any more. */
const staleMs = 30_000

/**
 * Runs `task` while nobody else does who names the same lock, in this process or in others. The lock is a file that its
 * holder touches every five seconds; one whose holder was killed is taken over, at once on the same machine.
 */
export async function withFileLock<T>(path: string, task: () => Promise<T>): Promise<T> {
  const name = `${hostname()} ${process.pid} ${randomUUID()}`
  while (!(await tryToTake(path, name))) {
    await takeAwayIfStale(path)
    await pause(pollMs)
  }
  const beat = setInterval(() => void touch(path), beatMs)
  beat.unref()
  try {
    return await task()
  } finally {
    clearInterval(beat)
    // Not one that somebody has taken over meanwhile.
    if ((await readName(path)) === name) await unlink(path)
  }
}

async function tryToTake(path: string, name: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(name)
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function takeAwayIfStale(path: string): Promise<void> {
  const name = await readName(path)
  if (name === undefined || !(await isStale(path, name))) return
  // Of several that find it stale, one moves it; another may have taken it by then.
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if ((await readName(aside)) !== name) await link(aside, path).catch(() => undefined)
  await unlink(aside)
}

async function isStale(path: string, name: string): Promise<boolean> {
  const [host, pid] = name.split(' ')
  if (host === hostname() && pid !== undefined && !isAlive(Number(pid))) return true
  try {
    const { mtimeMs } = await stat(path)
    return Date.now() - mtimeMs > staleMs
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It may be somebody else's.
    return codeOf(error) === 'EPERM'
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => undefined)
}

async function readName(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
