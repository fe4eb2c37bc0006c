import { ProblemError } from '#platform/problem-error.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { requirePlace } from './move-node.ts'
import { FolderNotHeldError, type TreeWriter } from './tree-writer.ts'
import { isThere, type Return } from './way-back.ts'

/** Brings back what lies on a way back, as far as it is not there; gives its rows. Throws as `restoreNode`. */
export async function bringBack(
  tree: TreeWriter,
  way: readonly Return[],
  reason: 'asked' | 'edited',
): Promise<NodeRow[]> {
  const back: NodeRow[] = []
  for (const step of way)
    if (!isThere(step)) back.push(await restoreNode(tree, step.row, step.folder, reason))
  return back
}

/**
 * Brings a node back into a folder that was alive a moment ago, out of the trash or of a folder there. A folder that comes back elsewhere than it
 * lay is moved, and may not make a circle or lie too deep. Throws `FolderNotHeldError` when another has to be found.
 */
async function restoreNode(
  tree: TreeWriter,
  row: NodeRow,
  folder: NodeRow,
  reason: 'asked' | 'edited',
): Promise<NodeRow> {
  if (folder.space_id !== row.space_id) throw new FolderNotHeldError()
  if (row.kind === 'folder' && folder.id !== row.parent_id) await requirePlace(tree.tx, row, folder)
  try {
    return await tree.restore(row, folder.id, reason)
  } catch (error) {
    // The folder went to the trash meanwhile: there is one above it.
    if (error instanceof ProblemError && error.code === 'trashed') throw new FolderNotHeldError()
    throw error
  }
}
