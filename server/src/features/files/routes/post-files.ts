import { type FileBatchResponse, fileBatchResponseSchema, makeProblem } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { readFileBatch } from '../content/read-file-batch.ts'
import type { FilesContext } from '../files-context.ts'
import { createFiles } from '../nodes/create-files.ts'
import { presentNodes } from '../nodes/present-node.ts'
import { contentProblems, fileBatchFormSchema } from './schemas.ts'

/**
 * Makes up to 500 files, of 8 MiB together, with their contents: for those that are so small that a request
 * for each would cost more than its bytes. A file with an `id` is made once, however often it is sent.
 */
export function postFiles(context: FilesContext) {
  return endpoint({
    summary: 'Make many small files at once',
    answers: { 200: fileBatchResponseSchema },
    problems: ['too_large', ...contentProblems],
    takes: { 'multipart/form-data': fileBatchFormSchema },
    method: 'post',
    path: '/nodes/files',
    access: 'user',
    needs: { each: 'node.create' },
    limit: 'transfer',
    async handle({ caller, raw }) {
      using account = context.uploads.open()
      const outcomes = await createFiles(context, caller, await readFileBatch(raw, account))
      const ids = outcomes.flatMap((outcome) => (outcome instanceof ProblemError ? [] : [outcome]))
      const presented = await presentNodes(await context.nodes.list(ids), context.people)
      const nodes = new Map(presented.map((node) => [node.id, node]))
      const results = outcomes.map((outcome) => {
        const isMade = !(outcome instanceof ProblemError)
        const node = isMade ? nodes.get(outcome) : undefined
        if (node) return { ok: true as const, node }
        const { code, detail, extensions } = isMade ? new ProblemError('not_found') : outcome
        return { ok: false as const, problem: makeProblem(code, { detail, extensions }) }
      })
      return json({ results } satisfies FileBatchResponse)
    },
  })
}
