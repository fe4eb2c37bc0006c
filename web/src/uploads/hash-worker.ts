import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** Takes a file, and gives the SHA-256 of its bytes as hex; `undefined` when it cannot be read. */
addEventListener('message', ({ data }: MessageEvent<Blob>) => {
  void hashOf(data)
    .catch(() => undefined)
    .then((hash) => postMessage(hash))
})

async function hashOf(file: Blob): Promise<string> {
  const hash = sha256.create()
  const reader = file.stream().getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read())
    hash.update(next.value)
  return bytesToHex(hash.digest())
}
