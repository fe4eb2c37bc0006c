import type { IncomingMessage } from 'node:http'
import { createNodeRequestSchema } from '@cloudsync/protocol'
import type { z } from 'zod'
import { created, endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { readBody } from '../content/read-body.ts'
import { readUploadForm } from '../content/read-upload-form.ts'
import type { UploadAccount } from '../content/upload-budget.ts'
import { textLimits } from '../content/text-format.ts'
import type { FilesContext } from '../files-context.ts'
import { createTextFile } from '../nodes/create-text-file.ts'
import { presentNode } from '../nodes/present-node.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })
const maxJsonBytes = 64 * 1024

/** What a form says beside its file: that is a text. */
const uploadFieldsSchema = createNodeRequestSchema.omit({ kind: true })

/**
 * Makes an empty text from JSON, or one with its content from a form. The same request by the same
 * person, told by its `id`, makes one node: 201 when it did, 200 when it was there.
 */
export function postNode(context: FilesContext) {
  return endpoint({
    method: 'post',
    path: '/nodes',
    access: 'user',
    async handle({ caller, raw }) {
      using account = context.uploads.open()
      const request = await readRequest(raw, account)
      const { node, isNew } = await createTextFile(context, caller, request)
      const body = await presentNode(node, context.people)
      return isNew ? created(body, `/api/v1/nodes/${node.id}`) : json(body)
    },
  })
}

async function readRequest(raw: IncomingMessage, account: UploadAccount) {
  const mediaType = raw.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  switch (mediaType) {
    case 'application/json': {
      const body = await readBody(raw, { maxBytes: maxJsonBytes, account })
      const { kind, ...request } = parse(createNodeRequestSchema, parseJson(body))
      if (kind !== 'text')
        throw new ProblemError('bad_request', { detail: `A ${kind} cannot be made here yet` })
      return { ...request, bytes: new Uint8Array() }
    }
    case 'multipart/form-data': {
      const form = await readUploadForm(raw, { maxBytes: textLimits.import.maxBytes, account })
      return { ...parse(uploadFieldsSchema, form.fields), bytes: form.file }
    }
    default:
      throw new ProblemError('unsupported_media_type', {
        detail: 'Send application/json or multipart/form-data',
      })
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
