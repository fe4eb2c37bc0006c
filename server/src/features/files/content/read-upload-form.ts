import type { IncomingMessage } from 'node:http'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { ProblemError } from '#platform/problem-error.ts'
import { bodyChunks, type BodyLimits } from './read-body.ts'

/** A file sent as `multipart/form-data` (RFC 7578): fields first, then the one part `file`. */
export interface UploadForm {
  readonly fields: Readonly<Record<string, string>>
  readonly file: Buffer
}

/** Far above any field that is taken; a longer one is told apart from a cut one by its size. */
const maxFieldBytes = 4096
const maxFields = 8
/** What boundaries, headers and fields may add to the file. */
const envelopeBytes = 64 * 1024

/**
 * Reads an upload of a file of at most `maxBytes`. Throws `bad_request` for a form that is malformed
 * or cut, `too_large` for a file above the limit. Nothing is taken of a form that is not whole.
 */
export async function readUploadForm(
  request: IncomingMessage,
  { maxBytes, account }: BodyLimits,
): Promise<UploadForm> {
  const form = new FormReader(request, maxBytes)
  for await (const chunk of bodyChunks(request, { maxBytes: maxBytes + envelopeBytes, account }))
    form.write(chunk)
  return form.finish()
}

/** Collects what the parser finds; its first fault is the one that is told. */
class FormReader {
  readonly #parser: BusboyInstance
  readonly #fields = new Map<string, string>()
  readonly #finished: Promise<void>
  #file: Buffer[] | undefined
  #fault: ProblemError | undefined
  #fail!: (fault: ProblemError) => void

  constructor(request: IncomingMessage, maxFileBytes: number) {
    this.#parser = openParser(request, maxFileBytes)
    this.#finished = new Promise((resolve, reject) => {
      this.#fail = (fault) => {
        this.#fault ??= fault
        reject(fault)
      }
      this.#parser.on('finish', resolve)
    })
    // A fault may come before anybody waits for the end.
    this.#finished.catch(() => {})
    this.#listen(maxFileBytes)
  }

  write(chunk: Buffer): void {
    if (!this.#fault) this.#parser.write(chunk)
    if (this.#fault) throw this.#fault
  }

  async finish(): Promise<UploadForm> {
    this.#parser.end()
    await this.#finished
    if (!this.#file) throw malformed('The part "file" is missing')
    return { fields: Object.fromEntries(this.#fields), file: Buffer.concat(this.#file) }
  }

  #listen(maxFileBytes: number): void {
    const parser = this.#parser
    parser.on('error', (cause) => this.#fail(malformed('The form is malformed', cause)))
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
      parser.on(limit, () => this.#fail(malformed('The form has too many parts')))
    parser.on('field', (name, value, nameTruncated, valueTruncated) => {
      if (nameTruncated || valueTruncated) this.#fail(malformed('A field is too long'))
      else if (this.#file) this.#fail(malformed('Fields must come before the file'))
      else if (this.#fields.has(name)) this.#fail(malformed('A field is there twice'))
      else this.#fields.set(name, value)
    })
    parser.on('file', (_name, stream) => {
      const chunks: Buffer[] = []
      this.#file = chunks
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('limit', () =>
        this.#fail(
          new ProblemError('too_large', { detail: `A file may have ${maxFileBytes} bytes here` }),
        ),
      )
      stream.on('error', (cause: unknown) => this.#fail(malformed('The form is malformed', cause)))
    })
  }
}

function openParser(request: IncomingMessage, maxFileBytes: number): BusboyInstance {
  try {
    return new Busboy({
      headers: { ...request.headers, 'content-type': request.headers['content-type'] ?? '' },
      // What a part says of its own type or file name decides nothing.
      isPartAFile: (fieldName) => fieldName === 'file',
      limits: {
        fieldSize: maxFieldBytes,
        fields: maxFields,
        files: 1,
        parts: maxFields + 1,
        fileSize: maxFileBytes,
        headerPairs: 32,
      },
    })
  } catch (cause) {
    throw malformed('The form is malformed', cause)
  }
}

function malformed(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('bad_request', { detail, cause })
}
