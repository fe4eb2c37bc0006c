import { parentPort } from 'node:worker_threads'
import { diffLines, type LineDiff } from '@cloudsync/crdt'
import { planImport, type ImportInput, type ImportPlan } from './plan-import.ts'

export type Comparison =
  | { readonly kind: 'plan'; readonly input: ImportInput }
  | { readonly kind: 'diff'; readonly oldText: string; readonly newText: string }

export interface ComparisonJob {
  readonly id: number
  readonly comparison: Comparison
}

export type ComparisonAnswer =
  | { readonly id: number; readonly result: ImportPlan | LineDiff }
  | { readonly id: number; readonly error: string }

parentPort?.on('message', (job: ComparisonJob) => parentPort?.postMessage(answer(job)))

function answer({ id, comparison }: ComparisonJob): ComparisonAnswer {
  try {
    return { id, result: compare(comparison) }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}

function compare(comparison: Comparison): ImportPlan | LineDiff {
  switch (comparison.kind) {
    case 'plan':
      return planImport(comparison.input)
    case 'diff':
      return diffLines(comparison.oldText, comparison.newText)
  }
}
