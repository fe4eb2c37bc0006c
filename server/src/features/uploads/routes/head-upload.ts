import { endpoint } from '#platform/http/endpoint.ts'
import { requireVersion, tusHeaders } from '../tus-headers.ts'
import type { Uploads } from '../uploads.ts'
import { progressHeaders, sessionHeaders } from './present-upload.ts'
import { uploadParams } from './upload-params.ts'
import { uploadProblems } from './upload-facts.ts'

/** Tells where to go on. A request that still adds to the upload is broken off. */
export function headUpload(uploads: Uploads) {
  return endpoint({
    summary: 'How far an upload has come',
    answers: { 200: 'empty' },
    problems: uploadProblems,
    heeds: ['tus-resumable'],
    method: 'head',
    path: '/uploads/:id',
    access: 'user',
    needs: 'own',
    params: uploadParams,
    headers: tusHeaders,
    limit: 'transfer',
    isNeverShed: true,
    async handle({ caller, params, raw }) {
      requireVersion(raw)
      const status = await uploads.getStatus(caller, params.id)
      const headers = { ...progressHeaders(status), ...sessionHeaders(status) }
      return { kind: 'empty', status: 200, headers }
    },
  })
}
