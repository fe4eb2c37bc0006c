import { Doc, encodeStateVector } from 'yjs'
import type { StepContext } from './step-context.ts'

/** What is asked by who knows nothing of a text. */
export const emptyVector = emptyStateVector()

/** Under which a text is edited from here, another one each time. */
export function clientId({ world }: StepContext): number {
  return 1 + Math.floor(world.random() * (2 ** 53 - 2))
}

function emptyStateVector(): Uint8Array {
  const doc = new Doc()
  const vector = encodeStateVector(doc)
  doc.destroy()
  return vector
}
