import { sha256FromBytes } from '@cloudsync/storage'
import { endpoint } from '#platform/http/endpoint.ts'
import { sendContent } from '../content/send-content.ts'
import { requireText, type FilesContext } from '../files-context.ts'
import { versionParams } from './schemas.ts'

/** The bytes of a version (and HEAD). They never change. */
export function getVersionContent(context: FilesContext) {
  const { nodes, versions } = context
  return endpoint({
    method: 'get',
    path: '/nodes/:id/versions/:number/content',
    access: 'user',
    params: versionParams,
    async handle({ caller, params, raw }) {
      await requireText(context, caller.userId, params.id, 'read')
      const version = await versions.get(params.id, params.number)
      const node = await nodes.get(params.id)
      const content = {
        bytes: await versions.read(version),
        etag: sha256FromBytes(version.sha256),
        name: node.name,
        mediaType: node.media_type ?? 'text/plain',
      }
      return {
        kind: 'stream',
        async write(response) {
          await sendContent(raw, response, content)
        },
      }
    },
  })
}
