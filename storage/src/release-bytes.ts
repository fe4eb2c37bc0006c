/**
 * Frees the memory of bytes that nobody looks at any more, with all of their buffer. Without it a thread
 * that makes a buffer for each chunk keeps some 64 MB of garbage before the collector looks at memory
 * outside its heap. Small ones, which share a pool with others, are left alone.
 */
export function releaseBytes({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0)
}
