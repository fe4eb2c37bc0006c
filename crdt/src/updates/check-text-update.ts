import { textRootName } from '../text/text-document.ts'
import type { RefusalReason } from './refusal.ts'
import type { ContentKind, UpdateScan } from './update-scan.ts'

const textContents: ReadonlySet<ContentKind> = new Set(['deleted', 'string'])
const nestingContents: ReadonlySet<ContentKind> = new Set(['type', 'document'])

/**
 * Judges whether an update is one of a text document, which holds plain text in one root and nothing
 * else: `undefined` when it is. Types, subdocuments, parents that are no root, and keys are `nesting`;
 * another root, formats, embeds, values and GC are `wrong_document`.
 *
 * Yjs makes GC of what lay in deleted types, of which there are none, and fails on an item that overlaps
 * one: it would fail for whoever's edit sets such an item off.
 *
 * A surrogate without its other half needs no check: it cannot be written in UTF-8, so the scan refuses
 * it. Where an edit parts a pair, Yjs itself writes U+FFFD for both halves; that is taken.
 */
export function checkTextUpdate(scan: UpdateScan): RefusalReason | undefined {
  if (scan.hasKeys || scan.hasNestedParents) return 'nesting'
  for (const kind of scan.contents) if (nestingContents.has(kind)) return 'nesting'
  for (const kind of scan.contents) if (!textContents.has(kind)) return 'wrong_document'
  for (const name of scan.rootNames) if (name !== textRootName) return 'wrong_document'
  return undefined
}
