/** A buffer of this size is none that Node shares out. */
export const ownBufferBytes = Buffer.poolSize + 1

/** Smaller ones are not worth it. */
const worthwhileBytes = 16 * 1024

/**
 * Frees the memory of bytes that nobody looks at any more, with all of their buffer. Without it a thread
 * that makes a buffer for each chunk keeps some 64 MB of garbage before the collector looks at memory
 * outside its heap. Small ones, and those that share Node's pool with others, are left alone.
 */
export function releaseBytes({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < worthwhileBytes) return
  if (byteLength === buffer.byteLength || buffer.byteLength >= ownBufferBytes) buffer.transfer(0)
}
