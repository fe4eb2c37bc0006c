import type { NodeId, UserId } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { findFreeName } from '../nodes/find-free-name.ts'
import { isNameTaken } from '../nodes/name-problems.ts'
import { NodeReader, type NodeRow } from '../nodes/node-reader.ts'
import { changeNodes } from '../nodes/node-writer.ts'
import { presentNode } from '../nodes/present-node.ts'
import { nodeParams } from './schemas.ts'

/** How often somebody else may be faster with the name that was free. */
const maxAttempts = 5

/** Brings a node back from the trash; under `name (2).ext` when its name is taken by now. */
export function restoreNode(context: FilesContext) {
  return endpoint({
    method: 'post',
    path: '/nodes/:id/restore',
    access: 'user',
    params: nodeParams,
    async handle({ caller, params }) {
      await context.access.requireNode(caller.userId, params.id, 'edit')
      for (let attempt = 1; ; attempt++) {
        try {
          const row = await restore(context, caller.userId, params.id)
          return json(await presentNode(row, context.people))
        } catch (error) {
          if (!isNameTaken(error)) throw error
          if (attempt === maxAttempts) throw new ProblemError('name_taken', { cause: error })
        }
      }
    },
  })
}

function restore({ db, clock }: FilesContext, actorId: UserId, id: NodeId): Promise<NodeRow> {
  return changeNodes(db, clock, async (writer) => {
    const row = await writer.lock(id)
    if (row.trashed_at === null || row.parent_id === null) return row
    const name = await findFreeName(new NodeReader(writer.tx), row.parent_id, row.name)
    return writer.restore(row, name, actorId)
  })
}
