import {
  type FileBatchResponse,
  fileBatchResponseSchema,
  makeProblem,
  type Node,
} from '@cloudsync/protocol'
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
      const rows = outcomes.flatMap((outcome) => (outcome instanceof ProblemError ? [] : [outcome]))
      const nodes = (await presentNodes(rows, context.people)).values()
      const results = outcomes.map((outcome) => {
        if (!(outcome instanceof ProblemError))
          return { ok: true as const, node: nodes.next().value as Node }
        const { code, detail, extensions } = outcome
        return { ok: false as const, problem: makeProblem(code, { detail, extensions }) }
      })
      return json({ results } satisfies FileBatchResponse)
    },
  })
}
