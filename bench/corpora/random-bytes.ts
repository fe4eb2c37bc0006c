import { createCipheriv, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'

const pieceBytes = 1024 * 1024

/** Bytes that no compression makes fewer, and that never came before. */
export function* randomPieces(sizeBytes: number): Generator<Buffer> {
  // A key stream is made several times faster than random numbers of the system.
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16))
  const zeros = Buffer.alloc(pieceBytes)
  for (let left = sizeBytes; left > 0; left -= pieceBytes)
    yield cipher.update(zeros.subarray(0, Math.min(left, pieceBytes)))
}

export async function writeRandomFile(path: string, sizeBytes: number): Promise<void> {
  await writeFile(path, randomPieces(sizeBytes))
}
