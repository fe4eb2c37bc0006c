import { versionSchema } from '@cloudsync/protocol'
import { created, endpoint } from '#platform/http/endpoint.ts'
import { requireText, type FilesContext } from '../files-context.ts'
import { presentVersion } from '../versions/present-version.ts'
import { contentProblems, newVersionBody, nodeParams } from './schemas.ts'

/** Keeps the text as it is now under a name. */
export function postVersion(context: FilesContext) {
  const { texts, versions, people } = context
  return endpoint({
    summary: 'Keep a text as it is now under a name',
    answers: { 201: versionSchema },
    problems: contentProblems,
    method: 'post',
    path: '/nodes/:id/versions',
    access: 'user',
    needs: { node: 'node.edit', of: 'params.id' },
    params: nodeParams,
    body: newVersionBody,
    async handle({ caller, params, body }) {
      await requireText(context, caller.userId, params.id, 'node.edit')
      const { nodeId, bytes, position } = await texts.read(params.id)
      const authorId = caller.userId
      const draft = { nodeId, reason: 'named', name: body.name, bytes, position, authorId } as const
      const row = await versions.add(draft)
      return created(
        await presentVersion(row, people),
        `/api/v1/nodes/${nodeId}/versions/${row.number}`,
      )
    },
  })
}
