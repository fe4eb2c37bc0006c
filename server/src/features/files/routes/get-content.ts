import { endpoint } from '#platform/http/endpoint.ts'
import { sendContent } from '../content/send-content.ts'
import { requireText, type FilesContext } from '../files-context.ts'
import { nodeParams } from './schemas.ts'

/**
 * The bytes of a text as they are now (and HEAD). What a session was served is remembered as the base
 * of its next upload.
 */
export function getContent(context: FilesContext) {
  const { texts, served } = context
  return endpoint({
    method: 'get',
    path: '/nodes/:id/content',
    access: 'user',
    params: nodeParams,
    async handle({ caller, params, raw }) {
      await requireText(context, caller.userId, params.id, 'read')
      const content = await texts.read(params.id)
      const isWhole = raw.method === 'GET' && raw.headers.range === undefined
      return {
        kind: 'stream',
        async write(response) {
          if (!isWhole) {
            await sendContent(raw, response, content)
            return
          }
          // Before the bytes go: the client may send them back at once.
          const undo = await served.remember(caller.sessionId, params.id, content.position)
          const sent = await sendContent(raw, response, content)
          if (sent === 'part') await undo()
        },
      }
    },
  })
}
