import type { IncomingMessage } from 'node:http'
import { createNodeRequestSchema, type Node, nodeSchema } from '@cloudsync/protocol'
import type { z } from 'zod'
import { findRoom } from '#features/spaces/index.ts'
import { created, endpoint, json } from '#platform/http/endpoint.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { parseContentDigest } from '../content/content-digest.ts'
import type { Incoming } from '../content/content-intake.ts'
import { announcedBytes } from '#platform/http/body-chunks.ts'
import { readBody } from '../content/read-body.ts'
import { roomAgain } from '../content/room-for-content.ts'
import { readUploadForm } from '../content/read-upload-form.ts'
import type { UploadAccount } from '../content/upload-budget.ts'
import { textLimits } from '../content/text-format.ts'
import type { FilesContext } from '../files-context.ts'
import { createFile, requirePlace, type NewFile } from '../nodes/create-file.ts'
import { presentNode } from '../nodes/present-node.ts'
import { readIdempotentRequest } from '#platform/http/idempotency.ts'
import { answerCommand, createCommand } from './answer-commands.ts'
import { contentProblems, newFileFormSchema, treeProblems } from './schemas.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })
/** As any JSON has here. */
const maxJsonMs = 30_000
const maxJsonBytes = 64 * 1024
/** What a form has beside its file. */
const maxFormBytes = 64 * 1024

/** What a form says beside its file, whose content tells its kind. */
const uploadFieldsSchema = createNodeRequestSchema.omit({ kind: true })

/**
 * Makes a folder or an empty text from JSON, or a file with its content from a form. The same request by
 * the same person, told by its `id`, makes one node: 201 when it did, 200 when it was there.
 */
export function postNode(context: FilesContext) {
  return endpoint({
    summary: 'Make a folder or an empty file, or a file with its content',
    answers: { 200: nodeSchema, 201: nodeSchema },
    problems: [...treeProblems, ...contentProblems],
    heeds: ['idempotency-key'],
    takes: {
      'application/json': createNodeRequestSchema,
      'multipart/form-data': newFileFormSchema,
    },
    method: 'post',
    path: '/nodes',
    access: 'user',
    needs: { node: 'node.create', of: 'handler' },
    async handle({ caller, raw }) {
      using account = context.uploads.open()
      const { node, isNew } = await make(context, caller, raw, account)
      return isNew ? created(node, `/api/v1/nodes/${node.id}`) : json(node)
    },
  })
}

async function make(
  context: FilesContext,
  caller: Caller,
  raw: IncomingMessage,
  account: UploadAccount,
): Promise<{ readonly node: Node; readonly isNew: boolean }> {
  const mediaType = raw.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  switch (mediaType) {
    case 'application/json': {
      const limits = { maxBytes: maxJsonBytes, maxMs: maxJsonMs, account }
      const body = parseJson(await readBody(raw, limits))
      const request = parse(createNodeRequestSchema, body)
      if (request.kind === 'blob')
        return makeFile(context, caller, { ...request, incoming: await emptyBlob(context) })
      const command = createCommand(request)
      return answerCommand(context, caller, command, readIdempotentRequest(raw, { body }))
    }
    case 'multipart/form-data':
      return makeFile(context, caller, await readFile(context, caller, raw, account))
    default:
      throw new ProblemError('unsupported_media_type', {
        detail: 'Send application/json or multipart/form-data',
      })
  }
}

async function makeFile(context: FilesContext, caller: Caller, file: NewFile) {
  const { node, isNew } = await createFile(context, caller, file)
  return { node: await presentNode(node, context.people), isNew }
}

function readFile(
  context: FilesContext,
  caller: Caller,
  raw: IncomingMessage,
  account: UploadAccount,
): Promise<NewFile> {
  // The digest of a form is that of the whole form, which nobody keeps.
  if (parseContentDigest(raw) !== undefined)
    throw new ProblemError('bad_request', { detail: 'A form is not taken by its digest' })
  return readUploadForm(raw, async (fields, file) => {
    const request = parse(uploadFieldsSchema, fields)
    const { spaceId } = await requirePlace(context, caller, request)
    // The same request may come again when there is no room any more.
    const made = request.id && (await context.nodes.find(request.id))
    const left = await findRoom(context.db.kysely, spaceId)
    const room = made && made.created_by === caller.userId ? roomAgain(made, left) : left
    const limits = textLimits.import
    room.require(announcedBytes(raw) - maxFormBytes)
    const options = { limits, announcedBytes: announcedBytes(raw), account, room }
    return { ...request, incoming: await context.intake.take(file, options) }
  })
}

async function emptyBlob({ contents }: FilesContext): Promise<Incoming> {
  const bytes = new Uint8Array()
  return { kind: 'blob', ...(await contents.put(bytes)), head: bytes }
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
