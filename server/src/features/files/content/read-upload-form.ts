import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { ProblemError } from '#platform/problem-error.ts'
import { bodyChunks } from '#platform/http/body-chunks.ts'

/** Takes the file of a form while it arrives; the fields are all there by then. */
export type TakeFile<Result> = (
  fields: Readonly<Record<string, string>>,
  file: AsyncIterable<Buffer>,
) => Promise<Result>

/** Far above any field that is taken; a longer one is told apart from a cut one by its size. */
const maxFieldBytes = 4096
const maxFields = 8

/**
 * Reads a file sent as `multipart/form-data` (RFC 7578): fields first, then the one part `file`, of any
 * size, which `takeFile` reads. Gives what that gives, once the form is whole. Throws `bad_request` for a
 * form that is malformed or cut, and what `takeFile` throws.
 */
export async function readUploadForm<Result>(
  request: IncomingMessage,
  takeFile: TakeFile<Result>,
): Promise<Result> {
  return new FormReader(request, takeFile).read(bodyChunks(request))
}

/** Feeds the parser no faster than the file is taken; the first fault is the one that is told. */
class FormReader<Result> {
  readonly #parser: BusboyInstance
  readonly #takeFile: TakeFile<Result>
  readonly #fields = new Map<string, string>()
  readonly #failed: Promise<never>
  #file: Readable | undefined
  #result: Promise<Result> | undefined
  #fail!: (fault: unknown) => void

  constructor(request: IncomingMessage, takeFile: TakeFile<Result>) {
    this.#parser = openParser(request)
    this.#takeFile = takeFile
    this.#failed = new Promise((_resolve, reject) => {
      this.#fail = (fault) => {
        reject(fault as Error)
        this.#file?.destroy(fault as Error)
      }
    })
    // A fault may come before anybody waits for it.
    this.#failed.catch(() => {})
    this.#listen()
  }

  async read(chunks: AsyncIterable<Buffer>): Promise<Result> {
    try {
      const finished = new Promise<void>((resolve) => this.#parser.on('finish', resolve))
      for await (const chunk of chunks) await Promise.race([this.#write(chunk), this.#failed])
      this.#parser.end()
      await Promise.race([finished, this.#failed])
      if (!this.#result) throw malformed('The part "file" is missing')
      return await this.#result
    } catch (error) {
      this.#fail(error)
      await this.#result?.catch(() => undefined)
      throw error
    }
  }

  #write(chunk: Buffer): Promise<void> {
    return new Promise((resolve) => this.#parser.write(chunk, () => resolve()))
  }

  #listen(): void {
    const parser = this.#parser
    parser.on('error', (cause) => this.#fail(malformed('The form is malformed', cause)))
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
      parser.on(limit, () => this.#fail(malformed('The form has too many parts')))
    parser.on('field', (name, value, nameTruncated, valueTruncated) => {
      if (nameTruncated || valueTruncated) this.#fail(malformed('A field is too long'))
      else if (this.#result) this.#fail(malformed('Fields must come before the file'))
      else if (this.#fields.has(name)) this.#fail(malformed('A field is there twice'))
      else this.#fields.set(name, value)
    })
    parser.on('file', (_name, stream) => {
      this.#file = stream
      // It says that the form is cut; whoever takes the file is told so too.
      stream.on('error', (cause: unknown) => this.#fail(malformed('The form is malformed', cause)))
      this.#result = this.#takeFile(Object.fromEntries(this.#fields), stream)
      this.#result.catch((error: unknown) => this.#fail(error))
    })
  }
}

function openParser(request: IncomingMessage): BusboyInstance {
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
