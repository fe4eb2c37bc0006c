import { open } from 'node:fs/promises'

const pieceBytes = 1024 * 1024

/**
 * A file in pieces of 1 MiB, all in one buffer: each is used up when the next is asked for. New buffers would have to be
 * collected, for more time than reading takes.
 */
export async function* readPieces(file: string): AsyncGenerator<Uint8Array> {
  await using handle = await open(file)
  const buffer = new Uint8Array(pieceBytes)
  for (;;) {
    const { bytesRead } = await handle.read(buffer)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}
