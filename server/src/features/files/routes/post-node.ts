import type { IncomingMessage } from 'node:http'
import { createNodeRequestSchema, type NodeKind } from '@cloudsync/protocol'
import type { z } from 'zod'
import type { Caller } from '#platform/http/caller.ts'
import { created, endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { parseContentDigest } from '../content/content-digest.ts'
import type { Incoming } from '../content/content-intake.ts'
import { announcedBytes, readBody } from '../content/read-body.ts'
import { readUploadForm } from '../content/read-upload-form.ts'
import { requireTextFile, textLimits } from '../content/text-format.ts'
import type { UploadAccount } from '../content/upload-budget.ts'
import type { FilesContext } from '../files-context.ts'
import { createFile, requirePlace, type NewFile } from '../nodes/create-file.ts'
import { presentNode } from '../nodes/present-node.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })
const maxJsonBytes = 64 * 1024

/** What a form says beside its file, whose content tells its kind. */
const uploadFieldsSchema = createNodeRequestSchema.omit({ kind: true })

/**
 * Makes an empty file from JSON, or one with its content, of any size, from a form. The same request by
 * the same person, told by its `id`, makes one node: 201 when it did, 200 when it was there.
 */
export function postNode(context: FilesContext) {
  return endpoint({
    method: 'post',
    path: '/nodes',
    access: 'user',
    async handle({ caller, raw }) {
      using account = context.uploads.open()
      const file = await readFile(context, caller, raw, account)
      const { node, isNew } = await createFile(context, caller, file)
      const body = await presentNode(node, context.people)
      return isNew ? created(body, `/api/v1/nodes/${node.id}`) : json(body)
    },
  })
}

async function readFile(
  context: FilesContext,
  caller: Caller,
  raw: IncomingMessage,
  account: UploadAccount,
): Promise<NewFile> {
  const mediaType = raw.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  switch (mediaType) {
    case 'application/json': {
      const body = await readBody(raw, { maxBytes: maxJsonBytes, account })
      const { kind, ...request } = parse(createNodeRequestSchema, parseJson(body))
      return { ...request, incoming: await emptyContent(context, kind) }
    }
    case 'multipart/form-data': {
      // The digest of a form is that of the whole form, which nobody keeps.
      if (parseContentDigest(raw) !== undefined)
        throw new ProblemError('bad_request', { detail: 'A form is not taken by its digest' })
      return readUploadForm(raw, async (fields, file) => {
        const request = parse(uploadFieldsSchema, fields)
        await requirePlace(context, caller, request)
        const limits = textLimits.import
        const options = { limits, announcedBytes: announcedBytes(raw), account }
        return { ...request, incoming: await context.intake.take(file, options) }
      })
    }
    default:
      throw new ProblemError('unsupported_media_type', {
        detail: 'Send application/json or multipart/form-data',
      })
  }
}

async function emptyContent({ contents }: FilesContext, kind: NodeKind): Promise<Incoming> {
  const bytes = new Uint8Array()
  switch (kind) {
    case 'text':
      return { kind, bytes, decoded: requireTextFile(bytes, 'import') }
    case 'blob':
      return { kind, ...(await contents.put(bytes)), head: bytes }
    case 'folder':
      throw new ProblemError('bad_request', { detail: 'A folder cannot be made here yet' })
  }
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.map((issue) => ({
    path: ['body', ...issue.path.map(String)].join('.'),
    message: issue.message,
  }))
  throw new ProblemError('bad_request', { extensions: { errors } })
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body))
  } catch (cause) {
    throw new ProblemError('bad_request', { detail: 'The body is no JSON', cause })
  }
}
