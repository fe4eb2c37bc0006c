import type { IncomingMessage } from 'node:http'
import { fileBatchSchema, maxBatchBytes, maxBatchFiles, type FileBatch } from '@cloudsync/protocol'
import { ProblemError } from '#platform/problem-error.ts'
import { readBody } from './read-body.ts'
import type { UploadAccount } from './upload-budget.ts'

export type BatchFile = FileBatch[number] & { readonly bytes: Buffer }

/** What a form adds to each file, and the list of their names. */
const formBytesPerFile = 1_024

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
  const form = await parseForm(body, request.headers['content-type'] ?? '')
  const list = parseList(form.get('files'))
  const parts = form.getAll('file')
  if (parts.length !== list.length)
    throw malformed(`${list.length} files are listed and ${parts.length} sent`)
  return Promise.all(
    list.map(async (file, index) => ({ ...file, bytes: await bytesOf(parts[index]) })),
  )
}

type FormValue = ReturnType<FormData['get']>

async function parseForm(body: Buffer, contentType: string): Promise<FormData> {
  const bytes = new Uint8Array(body)
  try {
    return await new Response(bytes, { headers: { 'content-type': contentType } }).formData()
  } catch (cause) {
    throw malformed('The form is malformed', cause)
  }
}

function parseList(field: FormValue): FileBatch {
  const result = fileBatchSchema.safeParse(parseJson(field))
  if (result.success) return result.data
  const errors = result.error.issues.map((issue) => ({
    path: ['files', ...issue.path.map(String)].join('.'),
    message: issue.message,
  }))
  throw new ProblemError('bad_request', { extensions: { errors } })
}

function parseJson(field: FormValue): unknown {
  if (typeof field !== 'string') throw malformed('The field "files" is missing')
  try {
    return JSON.parse(field)
  } catch (cause) {
    throw malformed('The field "files" is no JSON', cause)
  }
}

async function bytesOf(part: FormValue | undefined): Promise<Buffer> {
  if (typeof part === 'object' && part) return Buffer.from(await part.arrayBuffer())
  return Buffer.from(part ?? '')
}

function malformed(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('bad_request', { detail, cause })
}
