import type { RequestBody } from './request-body.ts'

export interface FormPart {
  readonly name: string
  /** Of a file; its name decides nothing. */
  readonly isFile?: boolean
  readonly content: string | Uint8Array
}

const encoder = new TextEncoder()

/**
 * A form (RFC 7578) in one piece. `FormData` makes a stream of each part, which takes more time and memory than hundreds of
 * small files are worth. `boundary` occurs in no part: let it be random.
 */
export function multipartBody(parts: readonly FormPart[], boundary: string): RequestBody {
  const pieces = parts.flatMap(({ name, isFile, content }) => {
    const file =
      isFile === true ? '; filename="file"\r\nContent-Type: application/octet-stream' : ''
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`
    return [
      encoder.encode(head),
      typeof content === 'string' ? encoder.encode(content) : content,
      lineEnd,
    ]
  })
  pieces.push(encoder.encode(`--${boundary}--\r\n`))
  const bytes = concat(pieces)
  return {
    mediaType: `multipart/form-data; boundary=${boundary}`,
    sizeBytes: bytes.byteLength,
    open: () => bytes,
  }
}

const lineEnd = encoder.encode('\r\n')

export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.byteLength
  }
  return all
}
