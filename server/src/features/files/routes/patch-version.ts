import { versionSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { presentVersion } from '../versions/present-version.ts'
import { versionNameBody, versionParams } from './schemas.ts'

/** Names a version, or takes its name away. */
export function patchVersion({ access, versions, people }: FilesContext) {
  return endpoint({
    summary: 'Name a version, or take its name away',
    answers: { 200: versionSchema },
    problems: ['not_found', 'forbidden'],
    method: 'patch',
    path: '/nodes/:id/versions/:number',
    access: 'user',
    needs: { node: 'node.edit', of: 'params.id' },
    params: versionParams,
    body: versionNameBody,
    async handle({ caller, params, body }) {
      await access.requireNode(caller.userId, params.id, 'node.edit')
      const change = { name: body.name, actorId: caller.userId }
      const row = await versions.rename(params.id, params.number, change)
      return json(await presentVersion(row, people))
    },
  })
}
