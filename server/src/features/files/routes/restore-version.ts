import type { PutContentResponse } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { requireTextFile } from '../content/text-format.ts'
import { requireText, type FilesContext } from '../files-context.ts'
import { versionParams } from './schemas.ts'

/**
 * Makes the text what it was, by new edits that everybody who has it open sees. What it is now is kept
 * as a version first.
 */
export function restoreVersion(context: FilesContext) {
  const { importer, versions } = context
  return endpoint({
    method: 'post',
    path: '/nodes/:id/versions/:number/restore',
    access: 'user',
    params: versionParams,
    async handle({ caller, params }) {
      await requireText(context, caller.userId, params.id, 'edit')
      const version = await versions.get(params.id, params.number)
      const former = requireTextFile(await versions.read(version), 'open')
      const { etag, outcome, overlaps } = await importer.restore({
        caller,
        nodeId: params.id,
        former,
      })
      return json({ etag, outcome, overlaps } satisfies PutContentResponse)
    },
  })
}
