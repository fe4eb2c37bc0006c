/** Reading more would keep the upload waiting for longer than it may spare. */
const maxHashedBytes = 256 * 1024 * 1024

/**
 * The SHA-256 of a file as hex, made beside the page; `undefined` for one that is large, or cannot be read. By our
 * own code, since the browser's has no streams, and on plain http is not there at all. Throws what `signal` carries.
 */
export async function hashFile(file: Blob, signal: AbortSignal): Promise<string | undefined> {
  if (file.size > maxHashedBytes) return undefined
  const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module' })
  try {
    return await new Promise((resolve, reject) => {
      signal.throwIfAborted()
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      worker.addEventListener('message', ({ data }: MessageEvent<string | undefined>) =>
        resolve(data),
      )
      worker.addEventListener('error', () => resolve(undefined))
      worker.postMessage(file)
    })
  } finally {
    worker.terminate()
  }
}
