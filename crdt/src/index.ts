export { diffText } from './text/diff-text.ts'
export { isWithinWord } from './text/tokens.ts'
export {
  diffLines,
  type DiffHunk,
  type DiffLine,
  type DiffSpan,
  type LineDiff,
} from './text/diff-lines.ts'
export {
  breaksStructure,
  structureOf,
  type StructureCheck,
  type TextStructure,
} from './text/text-structure.ts'
export { mergeText, type MergedText, type MergeInput } from './text/merge-text.ts'
export type { LineRange } from './text/merge-overlaps.ts'
export { applyTextChanges, applyToString, type TextChange } from './text/text-change.ts'
export { createTextState, readText, structCount, textRootName } from './text/text-document.ts'
export {
  decodeText,
  encodeText,
  importTextLimits,
  openTextLimits,
  type BlobReason,
  type DecodedBlob,
  type DecodedText,
  type TextFormat,
  type TextLimits,
} from './text/text-format.ts'
export {
  causalGaps,
  missingReferences,
  newStructClients,
  type KnownClock,
} from './updates/causality.ts'
export { checkTextUpdate } from './updates/check-text-update.ts'
export { cutUpdate, isQuicklyApplied, takesAtMost } from './updates/cut-update.ts'
export type { PieceLimits, UpdatePiece } from './updates/piece-builder.ts'
export { isContained } from './updates/is-contained.ts'
export type { Refused, RefusalReason } from './updates/refusal.ts'
export {
  awarenessLimits,
  maxOwnStateBytes,
  scanAwareness,
  type AwarenessEntry,
  type AwarenessLimits,
  type AwarenessScan,
} from './updates/scan-awareness.ts'
export { liveUpdateLimits, stateUpdateLimits, type ScanLimits } from './updates/scan-limits.ts'
export {
  scanStateVector,
  stateVectorLimits,
  type StateVectorLimits,
} from './updates/scan-state-vector.ts'
export { checkLimits, scanUpdate } from './updates/scan-update.ts'
export { splitState } from './updates/split-state.ts'
export { stripClients } from './updates/strip-clients.ts'
export type {
  ContentKind,
  IdRange,
  StructId,
  UpdateScan,
  UpdateScanResult,
} from './updates/update-scan.ts'
export { checkFolderUpdate } from './folder/check-folder-update.ts'
export {
  childrenRootName,
  createFolderState,
  editFolder,
  readFolder,
  type ChildChange,
  type ChildKind,
  type FolderChild,
  type FolderDelta,
  type FolderEdit,
  type FolderView,
} from './folder/folder-document.ts'
export { FolderReplica } from './folder/folder-replica.ts'
export { derivedNames, freeName } from './folder/free-name.ts'
export {
  broughtIds,
  judgeFolder,
  type FolderJudgement,
  type FolderRights,
  type KnownNode,
} from './folder/judge-folder.ts'
export { findNameFault, nameFaultDetails, nameKey, type NameFault } from './folder/node-name.ts'
export { sanitizeName } from './folder/sanitize-name.ts'
