import type { IncomingMessage } from 'node:http'
import { type PutContentResponse, putContentResponseSchema } from '@cloudsync/protocol'
import { endpoint, json, type EndpointResult } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { parseContentDigest } from '../content/content-digest.ts'
import type { ContentPut } from '../content/file-writer.ts'
import { parseEntityTags } from '../content/http-preconditions.ts'
import type { Conditions } from '../content/replacement-conditions.ts'
import { announcedBytes, bodyChunks } from '#platform/http/body-chunks.ts'
import { textLimits } from '../content/text-format.ts'
import { requireFile, type FilesContext } from '../files-context.ts'
import { roomToReplace } from '../content/room-for-content.ts'
import { contentProblems, nodeParams } from './schemas.ts'

/**
 * Replaces the bytes of a file, of any size. A text is merged with what others have written since the
 * caller last had it: the words of both sides survive. `If-Match` names what the bytes build on; where
 * somebody else has replaced that, the conflict policy decides.
 */
export function putContent(context: FilesContext) {
  return endpoint({
    summary: 'Replace the bytes of a file',
    answers: { 200: putContentResponseSchema },
    problems: [...contentProblems, 'merge_conflict'],
    heeds: ['if-match', 'if-none-match', 'content-digest'],
    takes: { '*/*': 'bytes' },
    method: 'put',
    path: '/nodes/:id/content',
    access: 'user',
    needs: { node: 'node.edit', of: 'params.id' },
    params: nodeParams,
    limit: 'transfer',
    async handle({ caller, params, raw }) {
      const { kind } = await requireFile(context, caller.userId, params.id, 'node.edit')
      const conditions = parseConditions(raw)
      const digest = parseContentDigest(raw)
      // RFC 9110 §14.5: a server that cannot put a part must not take it for the whole.
      if (raw.headers['content-range'] !== undefined)
        throw new ProblemError('bad_request', { detail: 'Only the whole content can be put' })
      const sizeBytes = announcedBytes(raw)
      using account = context.uploads.open()
      const incoming = await context.intake.take(bodyChunks(raw), {
        limits: kind === 'text' ? textLimits.open : textLimits.import,
        announcedBytes: sizeBytes,
        account,
        digest,
        room: await roomToReplace(context, params.id, { sizeBytes, digest }),
        ownsChunks: true,
      })
      return replaceContent(context, { caller, nodeId: params.id, ...conditions, incoming })
    },
  })
}

/** What the client says that its bytes build on. Throws `bad_request`. */
export function parseConditions({ headers }: IncomingMessage): Conditions {
  return {
    ifMatch: parseEntityTags(headers['if-match']),
    ifNoneMatch: parseEntityTags(headers['if-none-match']),
  }
}

/** Gives a file the content that has arrived. */
export async function replaceContent(
  context: FilesContext,
  change: ContentPut,
): Promise<EndpointResult> {
  // A slow upload may outlast the caller's right to make it.
  await requireFile(context, change.caller.userId, change.nodeId, 'node.edit')
  const response = await context.writer.put(change)
  // RFC 9110 §9.3.4: a validator goes out only when the content is, byte for byte, what was sent.
  const headers = response.outcome === 'merged' ? {} : { etag: `"${response.etag}"` }
  return json(response satisfies PutContentResponse, { headers })
}
