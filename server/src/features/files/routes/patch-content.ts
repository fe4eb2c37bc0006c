import { putContentResponseSchema } from '@cloudsync/protocol'
import { endpoint } from '#platform/http/endpoint.ts'
import { bodyChunks } from '#platform/http/body-chunks.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { deltaMediaType, receiveDelta } from '../content/content-delta.ts'
import { roomToReplace } from '../content/room-for-content.ts'
import { textLimits } from '../content/text-format.ts'
import { requireFile, type FilesContext } from '../files-context.ts'
import { parseConditions, replaceContent } from './put-content.ts'
import { contentProblems, nodeParams } from './schemas.ts'

/**
 * As `PUT`, with a delta (`docs/formats.md`) on a version of the same file: what both have is not sent. The
 * content that it makes is checked by the hash that it names, and nothing is changed unless it is right.
 */
export function patchContent(context: FilesContext) {
  return endpoint({
    summary: 'Replace the bytes of a file by a delta on one of its versions',
    answers: { 200: putContentResponseSchema },
    problems: [...contentProblems, 'merge_conflict', 'base_unknown', 'unsupported_media_type'],
    heeds: ['if-match', 'if-none-match'],
    takes: { [deltaMediaType]: 'bytes' },
    method: 'patch',
    path: '/nodes/:id/content',
    access: 'user',
    needs: { node: 'node.edit', of: 'params.id' },
    params: nodeParams,
    limit: 'transfer',
    async handle({ caller, params, raw }) {
      const { kind } = await requireFile(context, caller.userId, params.id, 'node.edit')
      if (raw.headers['content-type'] !== deltaMediaType)
        throw new ProblemError('unsupported_media_type', { detail: `Send ${deltaMediaType}` })
      const conditions = parseConditions(raw)
      using account = context.uploads.open()
      const delta = await receiveDelta(context, params.id, bodyChunks(raw))
      const { sizeBytes, target: digest } = delta
      const incoming = await context.intake.take(delta.content, {
        limits: kind === 'text' ? textLimits.open : textLimits.import,
        announcedBytes: sizeBytes,
        account,
        digest,
        room: await roomToReplace(context, params.id, { sizeBytes, digest }),
      })
      return replaceContent(context, { caller, nodeId: params.id, ...conditions, incoming })
    },
  })
}
