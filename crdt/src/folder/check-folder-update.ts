import type { RefusalReason } from '../updates/refusal.ts'
import type { ContentKind, UpdateScan } from '../updates/update-scan.ts'
import { childrenRootName } from './folder-document.ts'

/** What `Y.Map.set` writes for a plain value, and what becomes of it. */
const entryContents: ReadonlySet<ContentKind> = new Set(['deleted', 'any'])
const nestingContents: ReadonlySet<ContentKind> = new Set(['type', 'document'])

/**
 * Judges whether an update is one of a folder document, which holds entries of one flat map and nothing
 * else: `undefined` when it is. Types, subdocuments and parents that are no root are `nesting`; another
 * root, items without a key and other contents are `wrong_document`; so is GC, as in a text.
 *
 * Which keys and values the entries have is not told by a scan: `judgeFolder` repairs them.
 */
export function checkFolderUpdate(scan: UpdateScan): RefusalReason | undefined {
  if (scan.hasNestedParents) return 'nesting'
  for (const kind of scan.contents) if (nestingContents.has(kind)) return 'nesting'
  for (const kind of scan.contents) if (!entryContents.has(kind)) return 'wrong_document'
  for (const name of scan.rootNames) if (name !== childrenRootName) return 'wrong_document'
  return scan.hasListItems ? 'wrong_document' : undefined
}
