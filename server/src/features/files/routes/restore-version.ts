import { type PutContentResponse, putContentResponseSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { requireFile, type FilesContext } from '../files-context.ts'
import { contentProblems, versionParams } from './schemas.ts'

/**
 * Makes a file what it was: a text by new edits that everybody who has it open sees, anything else by
 * replacing it. What it is now is kept as a version first.
 */
export function restoreVersion(context: FilesContext) {
  const { writer, versions } = context
  return endpoint({
    summary: 'Make a file what it was',
    answers: { 200: putContentResponseSchema },
    problems: [...contentProblems, 'merge_conflict'],
    method: 'post',
    path: '/nodes/:id/versions/:number/restore',
    access: 'user',
    needs: { node: 'version.restore', of: 'params.id' },
    params: versionParams,
    async handle({ caller, params }) {
      await requireFile(context, caller.userId, params.id, 'version.restore')
      const version = await versions.get(params.id, params.number)
      const restored = await writer.restore(caller, params.id, version)
      return json(restored satisfies PutContentResponse)
    },
  })
}
