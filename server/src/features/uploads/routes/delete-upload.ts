import { empty, endpoint } from '#platform/http/endpoint.ts'
import { requireVersion, tusHeaders } from '../tus-headers.ts'
import type { Uploads } from '../uploads.ts'
import { uploadParams } from './upload-params.ts'

/** Drops an upload with its bytes; a file that it has become stays. */
export function deleteUpload(uploads: Uploads) {
  return endpoint({
    summary: 'Drop an upload',
    answers: { 204: 'empty' },
    problems: ['not_found', 'unsupported_version', 'upload_expired', 'upload_locked'],
    heeds: ['tus-resumable'],
    method: 'delete',
    path: '/uploads/:id',
    access: 'user',
    needs: 'own',
    params: uploadParams,
    headers: tusHeaders,
    limit: 'transfer',
    isNeverShed: true,
    async handle({ caller, params, raw }) {
      requireVersion(raw)
      await uploads.remove(caller, params.id)
      return empty()
    },
  })
}
