import { snapshotQuerySchema, snapshotSchema, spaceIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { readVisibleSnapshot } from '../tree/visible-snapshot.ts'

/** All that the caller may see of a space, or of a folder in it, with where the change feed goes on from it. */
export function getSnapshot(context: FilesContext) {
  const { access } = context
  return endpoint({
    summary: 'All that there is in a space',
    answers: { 200: snapshotSchema },
    problems: ['bad_request', 'not_found', 'trashed', 'cursor_expired'],
    method: 'get',
    path: '/spaces/:id/snapshot',
    access: 'user',
    needs: { inside: 'params.id' },
    params: z.object({ id: spaceIdSchema }),
    query: snapshotQuerySchema,
    async handle({ caller: { userId }, params: { id }, query: { folderId, ...page } }) {
      const rootId = await access.requireInside(userId, id)
      if (folderId !== undefined) {
        const folder = await access.requireNode(userId, folderId, 'node.read')
        if (folder.spaceId !== id) throw new ProblemError('not_found')
        if (folder.kind !== 'folder')
          throw new ProblemError('bad_request', { detail: 'It is no folder' })
        if (folder.isTrashed) throw new ProblemError('trashed')
      }
      return json(await readVisibleSnapshot(context, userId, { id, rootId, folderId }, page))
    },
  })
}
