import { setImmediate } from 'node:timers/promises'
import type { NodeId } from '@cloudsync/protocol'
import { openBytes, type DocumentSeals, type StoredBytes } from './document-seals.ts'

/** How long rows are opened in one turn. */
const maxTurnMs = 10
/** Some 0.3 ms. */
const rowsPerLook = 100

/** Opens log rows of a document, a long tail turn by turn. Throws `SealBrokenError`. */
export async function openRows<Row extends { readonly payload: StoredBytes }>(
  seals: DocumentSeals,
  documentId: NodeId,
  sealed: readonly Row[],
): Promise<(Omit<Row, 'payload'> & { readonly payload: Uint8Array })[]> {
  const keys = await seals.keysOf(
    documentId,
    sealed.map(({ payload }) => payload),
  )
  const opened = []
  let started = performance.now()
  for (const [index, row] of sealed.entries()) {
    if (index % rowsPerLook === 0 && performance.now() - started > maxTurnMs) {
      await setImmediate()
      started = performance.now()
    }
    opened.push({ ...row, payload: openBytes(keys, 'update', row.payload) })
  }
  return opened
}
