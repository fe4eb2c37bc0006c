import type { FileBatch, FileBatchResponse } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { ApiError, readProblem } from '../api/api-error.ts'
import { sendByXhr } from './send-by-xhr.ts'
import type { SendUploads, Upload, UploadOutcome } from './upload-queue.ts'

/** Sends many small files in one request, each with an outcome of its own. */
export function createSendTogether(api: ApiClient): SendUploads {
  return async (uploads, onProgress, signal) => {
    const form = new FormData()
    form.set('files', JSON.stringify(uploads.map(describeFile)))
    for (const { file, name } of uploads) form.append('file', file, name)
    const request = { method: 'POST', path: '/nodes/files', body: form, onProgress } as const
    const { results } = JSON.parse(await sendByXhr(api, request, signal)) as FileBatchResponse
    return results.map(readOutcome)
  }
}

function describeFile({ parentId, name, target }: Upload): FileBatch[number] {
  const ifTaken = target.kind === 'create' ? target.ifTaken : undefined
  return { parentId, name, id: target.id, ...(ifTaken === undefined ? {} : { ifTaken }) }
}

function readOutcome(result: FileBatchResponse['results'][number]): UploadOutcome {
  if (!result.ok) return { error: readProblem(result.problem.status, result.problem, null) }
  return result.node ? { node: result.node } : { error: new ApiError('not_found') }
}
