import type { Endpoint } from '#platform/http/endpoint.ts'
import type { Uploads } from '../uploads.ts'
import { deleteUpload } from './delete-upload.ts'
import { getUploadCapabilities } from './get-upload-capabilities.ts'
import { headUpload } from './head-upload.ts'
import { overrideMethod } from './override-method.ts'
import { patchUpload } from './patch-upload.ts'
import { postUpload } from './post-upload.ts'

export function uploadEndpoints(uploads: Uploads): Endpoint[] {
  return [
    getUploadCapabilities('/uploads'),
    getUploadCapabilities('/uploads/:id'),
    postUpload(uploads),
    headUpload(uploads),
    patchUpload(uploads),
    deleteUpload(uploads),
    overrideMethod(uploads),
  ]
}
