import type { NodeId, Permission, UserId } from '@cloudsync/protocol'
import type { Logger } from 'pino'
import type { Access, AccessNotifier, NodeAccess } from '#features/access/index.ts'
import type { FolderDocuments, LiveDocuments } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Contents } from '#features/contents/index.ts'
import type { ConflictResolver } from './conflicts/conflict-resolver.ts'
import type { ContentIntake } from './content/content-intake.ts'
import type { DownloadSessions, RunningDownloads } from './content/running-downloads.ts'
import type { FileWriter } from './content/file-writer.ts'
import type { ServedContents } from './content/served-contents.ts'
import type { TextComparer } from './content/text-comparer.ts'
import type { TextTouches } from './touches/text-touches.ts'
import type { TextContents } from './content/text-contents.ts'
import type { UploadBudget } from './content/upload-budget.ts'
import type { VersionContents } from './content/version-contents.ts'
import type { NodeReader } from './nodes/node-reader.ts'
import type { People } from './people.ts'
import type { ChangeWaits } from './tree/change-waits.ts'
import type { VersionStore } from './versions/version-store.ts'

/** What the endpoints of files work with. */
export interface FilesContext {
  readonly db: Database
  readonly live: LiveDocuments
  readonly folders: FolderDocuments
  readonly access: Access & AccessNotifier
  readonly people: People
  readonly clock: Clock
  readonly log: Logger
  readonly nodes: NodeReader
  readonly texts: TextContents
  readonly comparer: TextComparer
  readonly touches: TextTouches
  readonly contents: Contents
  readonly intake: ContentIntake
  readonly writer: FileWriter
  readonly served: ServedContents
  readonly versions: VersionStore
  readonly versionContents: VersionContents
  readonly resolver: ConflictResolver
  readonly uploads: UploadBudget
  readonly downloads: RunningDownloads
  readonly waits: ChangeWaits
  readonly sessions: DownloadSessions
}

/**
 * The caller's access to a file that is not in the trash. Throws as `Access.requireNode`, then
 * `bad_request` for a folder, and `trashed`.
 */
export async function requireFile(
  { access }: FilesContext,
  userId: UserId,
  nodeId: NodeId,
  permission: Permission,
): Promise<NodeAccess> {
  const found = await access.requireNode(userId, nodeId, permission)
  if (found.kind === 'folder')
    throw new ProblemError('bad_request', { detail: 'A folder has no content' })
  if (found.isTrashed) throw new ProblemError('trashed')
  return found
}

/**
 * The caller's access to a text that is not in the trash. Throws as `Access.requireNode`, then
 * `not_text` for anything else than a text, and `trashed`.
 */
export async function requireText(
  { access }: FilesContext,
  userId: UserId,
  nodeId: NodeId,
  permission: Permission,
): Promise<NodeAccess> {
  const found = await access.requireNode(userId, nodeId, permission)
  if (found.kind !== 'text') throw new ProblemError('not_text')
  if (found.isTrashed) throw new ProblemError('trashed')
  return found
}
