import type { NodeId } from '@cloudsync/protocol'
import type { UploadTarget } from './upload-state.ts'

/** An upload as it is remembered over a reload. The file itself cannot be. */
export interface KeptUpload {
  /** Of its session on the server, below `/api/v1`. */
  readonly path: string
  readonly parentId: NodeId
  readonly name: string
  readonly folder: readonly string[]
  readonly target: UploadTarget
  readonly sizeBytes: number
  /** As the file said it: another time, another content. */
  readonly modifiedAt: number
  readonly sha256: string | undefined
  readonly sentBytes: number
}

export interface KeptEntry extends KeptUpload {
  /** Until then the page that sends it has it for itself. */
  readonly heldUntil: number
}

const sessionPath = /^\/uploads\/[0-9a-f-]{36}$/

/** What was kept, perhaps by another version of this app or by somebody else; `undefined` when it is no upload. */
export function parseKeptEntry(json: string): KeptEntry | undefined {
  const entry = parse(json) as Partial<KeptEntry> | null | undefined
  return entry && isEntry(entry) ? entry : undefined
}

function isEntry(entry: Partial<KeptEntry>): entry is KeptEntry {
  const { path, parentId, name, folder, target, sha256 } = entry
  return (
    typeof path === 'string' &&
    sessionPath.test(path) &&
    typeof parentId === 'string' &&
    typeof name === 'string' &&
    Array.isArray(folder) &&
    folder.every((each) => typeof each === 'string') &&
    typeof target?.id === 'string' &&
    ['create', 'replace'].includes(target.kind) &&
    ['undefined', 'string'].includes(typeof sha256) &&
    [entry.sizeBytes, entry.modifiedAt, entry.sentBytes, entry.heldUntil].every(Number.isFinite)
  )
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
