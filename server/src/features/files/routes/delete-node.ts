import { empty, endpoint } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { changeNodes } from '../nodes/node-writer.ts'
import { nodeParams } from './schemas.ts'

/** Puts a node into the trash, where it may lie already. Who has it open is sent away. */
export function deleteNode({ access, db, clock, live, log }: FilesContext) {
  return endpoint({
    method: 'delete',
    path: '/nodes/:id',
    access: 'user',
    params: nodeParams,
    async handle({ caller, params }) {
      const { parentId, kind } = await access.requireNode(caller.userId, params.id, 'edit')
      if (parentId === null)
        throw new ProblemError('bad_request', { detail: 'A root folder goes with its space' })
      await changeNodes(db, clock, async (writer) => {
        const row = await writer.lock(params.id)
        if (row.trashed_at === null) await writer.trash(row, caller.userId)
      })
      if (kind === 'text') await live.closeDocument(params.id, 'trashed').catch(report)
      return empty()
    },
  })

  /** It is in the trash for all that; connections left open end when their access is looked at. */
  function report(error: unknown): void {
    log.warn({ err: error }, 'the connections to a trashed text could not be closed')
  }
}
