import type { IncomingMessage } from 'node:http'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { fileBatchSchema, maxBatchBytes, maxBatchFiles, type FileBatch } from '@cloudsync/protocol'
import { ProblemError } from '#platform/problem-error.ts'
import { readBody } from './read-body.ts'
import type { UploadAccount } from './upload-budget.ts'

export type BatchFile = FileBatch[number] & { readonly bytes: Buffer }

/** What a form adds to each file, and the list of their names. */
const formBytesPerFile = 1_024

/** The list of the names; a longer one is cut, and no JSON then. */
const maxListBytes = 2 * 1024 * 1024
/** Others than the list decide nothing. */
const maxFields = 8

/**
 * Reads a form of many small files, which is whole in memory. Throws `bad_request` for a form that is
 * malformed, or whose list and parts differ in number, and `too_large`.
 */
export async function readFileBatch(
  request: IncomingMessage,
  account: UploadAccount,
): Promise<BatchFile[]> {
  const maxBytes = maxBatchBytes + maxBatchFiles * formBytesPerFile
  const body = await readBody(request, { maxBytes, account })
  const form = await parseForm(body, request)
  const list = parseList(form.list)
  if (form.files.length !== list.length)
    throw malformed(`${list.length} files are listed and ${form.files.length} sent`)
  return list.map((file, index) => ({ ...file, bytes: form.files[index] ?? Buffer.alloc(0) }))
}

interface BatchForm {
  readonly list: string | undefined
  readonly files: readonly Buffer[]
}

/** Piece by piece, up to the first bound: a form of tiny parts would take the parser for seconds. */
async function parseForm(body: Buffer, { headers }: IncomingMessage): Promise<BatchForm> {
  const parser = openParser(headers['content-type'] ?? '')
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>()
  const fail = (cause: unknown) => reject(malformed('The form is malformed', cause))
  const files: Buffer[][] = []
  let list: string | undefined
  parser.on('error', fail)
  parser.on('finish', resolve)
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
    parser.on(limit, () => reject(malformed('The form has too many parts')))
  parser.on('field', (name, value) => {
    if (name === 'files') list ??= value
  })
  parser.on('file', (_name, stream) => {
    const pieces: Buffer[] = []
    files.push(pieces)
    stream.on('error', fail)
    stream.on('data', (piece: Buffer) => pieces.push(piece))
  })
  for (let at = 0; at < body.length; at += pieceBytes)
    await Promise.race([finished, write(parser, body.subarray(at, at + pieceBytes))])
  parser.end()
  await finished
  return { list, files: files.map((pieces) => Buffer.concat(pieces)) }
}

const pieceBytes = 64 * 1024

function write(parser: BusboyInstance, piece: Buffer): Promise<void> {
  return new Promise((resolve) => parser.write(piece, () => resolve()))
}

function openParser(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      // What a part says of its own type or file name decides nothing.
      isPartAFile: (fieldName) => fieldName === 'file',
      limits: {
        fieldSize: maxListBytes,
        fields: maxFields,
        files: maxBatchFiles,
        parts: maxFields + maxBatchFiles,
        headerPairs: 32,
      },
    })
  } catch (cause) {
    throw malformed('The form is malformed', cause)
  }
}

function parseList(field: string | undefined): FileBatch {
  const result = fileBatchSchema.safeParse(parseJson(field))
  if (result.success) return result.data
  const errors = result.error.issues.map((issue) => ({
    path: ['files', ...issue.path.map(String)].join('.'),
    message: issue.message,
  }))
  throw new ProblemError('bad_request', { extensions: { errors } })
}

function parseJson(field: string | undefined): unknown {
  if (field === undefined) throw malformed('The field "files" is missing')
  try {
    return JSON.parse(field)
  } catch (cause) {
    throw malformed('The field "files" is no JSON', cause)
  }
}

function malformed(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('bad_request', { detail, cause })
}
