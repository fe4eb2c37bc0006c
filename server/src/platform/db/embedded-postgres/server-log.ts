import { copyFile, open, stat, truncate } from 'node:fs/promises'

const MAX_LOG_BYTES = 1024 * 1024

/**
 * Keeps a log that another process appends to below about a megabyte, and one older megabyte beside
 * it. Copy and truncate: the writer holds the file open and outlives us.
 */
export async function boundLog(path: string): Promise<void> {
  if ((await sizeOf(path)) <= MAX_LOG_BYTES) return
  await copyFile(path, `${path}.1`)
  await truncate(path, 0)
}

export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  return found?.size ?? 0
}

/** What was appended since the log had this size, at most its last 4 kB. */
export async function readLogSince(path: string, sizeBytes: number): Promise<string> {
  const end = await sizeOf(path)
  const start = Math.max(end < sizeBytes ? 0 : sizeBytes, end - 4096)
  await using file = await open(path, 'r')
  const { buffer, bytesRead } = await file.read({
    buffer: Buffer.alloc(end - start),
    position: start,
  })
  return buffer.toString('utf8', 0, bytesRead).trim()
}
