import { empty, endpoint } from '#platform/http/endpoint.ts'
import { capabilityHeaders } from '../tus-headers.ts'

/** Says what of tus there is here; asked without a version, and by anybody. */
export function getUploadCapabilities(path: `/${string}`) {
  return endpoint({
    summary: 'What of tus there is here',
    answers: { 204: 'empty' },
    method: 'options',
    path,
    access: 'public',
    async handle() {
      return empty(capabilityHeaders)
    },
  })
}
