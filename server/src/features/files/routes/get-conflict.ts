import { conflictSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { getConflict as findConflict } from '../conflicts/conflict-records.ts'
import { presentConflict } from '../conflicts/present-conflict.ts'
import type { FilesContext } from '../files-context.ts'
import { conflictParams } from './schemas.ts'

export function getConflict({ access, db, nodes, people }: FilesContext) {
  return endpoint({
    summary: 'A conflict',
    answers: { 200: conflictSchema },
    problems: ['not_found'],
    method: 'get',
    path: '/conflicts/:id',
    access: 'user',
    needs: { node: 'node.read', of: 'handler' },
    params: conflictParams,
    async handle({ caller, params }) {
      const row = await findConflict(db.kysely, params.id)
      await access.requireNode(caller.userId, row.node_id, 'node.read')
      return json(await presentConflict(row, nodes, people))
    },
  })
}
