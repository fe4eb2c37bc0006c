import { z } from 'zod'
import { nodeSchema, spaceIdSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { presentNode } from '../nodes/present-node.ts'
import { findByPath, maxDepth } from '../tree/ancestry.ts'

/** The node that a path of names, parted by `/`, leads to from the root of a space. */
export function getPath({ access, db, people }: FilesContext) {
  return endpoint({
    summary: 'The node at a path of names',
    answers: { 200: nodeSchema },
    problems: ['not_found'],
    method: 'get',
    path: '/spaces/:id/path',
    access: 'user',
    needs: { space: 'node.read', of: 'params.id' },
    params: z.object({ id: spaceIdSchema }),
    query: z.object({ path: z.string().max(65_536) }),
    async handle({ caller, params, query }) {
      await access.requireSpace(caller.userId, params.id, 'node.read')
      const names = query.path.split('/').filter((name) => name !== '')
      if (names.length > maxDepth || query.path.includes('\0')) throw new ProblemError('not_found')
      const row = await findByPath(db.kysely, params.id, names)
      if (!row) throw new ProblemError('not_found')
      await access.requireNode(caller.userId, row.id, 'node.read')
      return json(await presentNode(row, people))
    },
  })
}
