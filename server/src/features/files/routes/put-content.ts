import type { PutContentResponse } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { parseEntityTags } from '../content/http-preconditions.ts'
import { readBody } from '../content/read-body.ts'
import { requireTextFile, textLimits } from '../content/text-format.ts'
import { requireText, type FilesContext } from '../files-context.ts'
import { nodeParams } from './schemas.ts'

/**
 * Replaces the bytes of a text, or merges them with what others have written since the caller last
 * had it: the words of both sides survive. `If-Match` names the version that the bytes build on.
 */
export function putContent(context: FilesContext) {
  return endpoint({
    method: 'put',
    path: '/nodes/:id/content',
    access: 'user',
    params: nodeParams,
    async handle({ caller, params, raw }) {
      await requireText(context, caller.userId, params.id, 'edit')
      const ifMatch = parseEntityTags(raw.headers['if-match'])
      const ifNoneMatch = parseEntityTags(raw.headers['if-none-match'])
      // RFC 9110 §14.5: a server that cannot put a part must not take it for the whole.
      if (raw.headers['content-range'] !== undefined)
        throw new ProblemError('bad_request', { detail: 'Only the whole content can be put' })
      using account = context.uploads.open()
      const bytes = await readBody(raw, { maxBytes: textLimits.open.maxBytes, account })
      const incoming = requireTextFile(bytes, 'open')
      // A slow upload may outlast the caller's right to make it.
      await requireText(context, caller.userId, params.id, 'edit')
      const imported = await context.importer.import({
        caller,
        nodeId: params.id,
        ifMatch,
        ifNoneMatch,
        incoming,
      })
      const { etag, outcome, overlaps } = imported
      // RFC 9110 §9.3.4: a validator goes out only when the content is, byte for byte, what was sent.
      const headers = outcome === 'merged' ? {} : { etag: `"${etag}"` }
      return json({ etag, outcome, overlaps } satisfies PutContentResponse, { headers })
    },
  })
}
