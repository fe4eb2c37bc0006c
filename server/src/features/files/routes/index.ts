import type { Endpoint } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { deleteNode } from './delete-node.ts'
import { emptyTrash } from './empty-trash.ts'
import { exchangeTexts } from './exchange-texts.ts'
import { getPath } from './get-path.ts'
import { listAncestors } from './list-ancestors.ts'
import { listChanges } from './list-changes.ts'
import { listShared } from './list-shared.ts'
import { listTrash } from './list-trash.ts'
import { postBulk } from './post-bulk.ts'
import { postCopy } from './post-copy.ts'
import { purgeNode } from './purge-node.ts'
import { undoBatch } from './undo-batch.ts'
import { getConflict } from './get-conflict.ts'
import { getContent } from './get-content.ts'
import { getNode } from './get-node.ts'
import { getSnapshot } from './get-snapshot.ts'
import { getVersionContent } from './get-version-content.ts'
import { getVersionDiff } from './get-version-diff.ts'
import { listChildren } from './list-children.ts'
import { listConflicts } from './list-conflicts.ts'
import { listVersions } from './list-versions.ts'
import { patchContent } from './patch-content.ts'
import { patchNode } from './patch-node.ts'
import { patchVersion } from './patch-version.ts'
import { readContents } from './read-contents.ts'
import { postFiles } from './post-files.ts'
import { postNode } from './post-node.ts'
import { postVersion } from './post-version.ts'
import { putContent } from './put-content.ts'
import { putInheritance } from './put-inheritance.ts'
import { resolveConflict } from './resolve-conflict.ts'
import { restoreNode } from './restore-node.ts'
import { restoreVersion } from './restore-version.ts'

export function fileEndpoints(context: FilesContext): Endpoint[] {
  return [
    getNode(context),
    listChildren(context),
    postNode(context),
    patchNode(context),
    deleteNode(context),
    postCopy(context),
    postBulk(context),
    postFiles(context),
    readContents(context),
    listShared(context),
    putInheritance(context),
    listAncestors(context),
    getPath(context),
    listChanges(context),
    getSnapshot(context),
    exchangeTexts(context),
    listTrash(context),
    purgeNode(context),
    emptyTrash(context),
    undoBatch(context),
    restoreNode(context),
    getContent(context),
    putContent(context),
    patchContent(context),
    listVersions(context),
    postVersion(context),
    patchVersion(context),
    getVersionContent(context),
    getVersionDiff(context),
    restoreVersion(context),
    listConflicts(context),
    getConflict(context),
    resolveConflict(context),
  ]
}
