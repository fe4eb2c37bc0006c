import { empty, endpoint } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { requireVersion, single, tusHeaders, uploadMediaType } from '../tus-headers.ts'
import type { Uploads } from '../uploads.ts'
import { addToUpload } from './patch-upload.ts'
import { uploadParams } from './upload-params.ts'
import { addedBytes, uploadProblems } from './upload-facts.ts'

/** For clients that can send neither PATCH nor DELETE: the header `X-HTTP-Method-Override` says what is meant. */
export function overrideMethod(uploads: Uploads) {
  return endpoint({
    summary: 'PATCH or DELETE of an upload, for clients that can send neither',
    answers: { 204: 'empty' },
    problems: [...uploadProblems, 'method_not_allowed'],
    heeds: [...addedBytes, 'upload-offset', 'upload-length', 'x-http-method-override'],
    takes: { [uploadMediaType]: 'bytes' },
    method: 'post',
    path: '/uploads/:id',
    access: 'user',
    needs: 'own',
    params: uploadParams,
    headers: tusHeaders,
    limit: 'transfer',
    isNeverShed: true,
    async handle({ caller, params, raw }) {
      requireVersion(raw)
      switch (single(raw, 'x-http-method-override')) {
        case 'PATCH':
          return addToUpload(uploads, caller, params.id, raw)
        case 'DELETE':
          await uploads.remove(caller, params.id)
          return empty()
        default:
          throw new ProblemError('method_not_allowed')
      }
    },
  })
}
