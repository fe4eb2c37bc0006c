import type { NodeId } from '@cloudsync/protocol'
import type { EngineStatus } from '../../sync/engine/engine-status.ts'
import type { Entry, Tree } from '../../sync/model/entry.ts'
import { ownFolder } from '../../sync/disk/folder-access.ts'
import type { Plan } from '../../sync/model/plan.ts'
import type { SyncStore } from '../../sync/store/sync-store.ts'
import { formatDuration } from '../terminal/amounts.ts'
import { describeDeed } from './describe-deed.ts'
import type { Link } from '../settings/links.ts'
import { describeProblem } from './describe-problem.ts'
import { describeOffline } from './describe-offline.ts'
import { describeNameFault, describeSkip, describeWait } from './describe-wait.ts'
import type { PathReport } from './link-methods.ts'

export interface ExplainInput {
  readonly store: SyncStore
  readonly link: Link
  readonly status: EngineStatus
  /** As the engine tells it; where no process runs the link. */
  readonly offline: string | undefined
  readonly plan: Plan
  readonly path: readonly string[]
}

/** Says of one path whether it is in step, and if not, everything that is known to be the reason. */
export function explainPath(input: ExplainInput): PathReport {
  const { store, link, status, offline, plan, path } = input
  const shown = path.join('/')
  const { local, remote, synced } = store.trees
  const here = findByPath(local, link.folderId, path, ({ diskName, name }) => diskName ?? name)
  const there = findByPath(remote, link.folderId, path, ({ name }) => name)
  const skipped = status.skipped.find((item) => isAbove(item.path, path))
  const isOwn = path[0] === ownFolder
  const isLeftOut = skipped?.path.length === path.length || (isOwn && path.length === 1)
  const ids = new Set([here?.id, there?.id].filter((id) => id !== undefined))
  const report = (state: PathReport['state'], reasons: readonly string[]): PathReport => ({
    path: shown,
    isHere: here !== undefined || isLeftOut || path.length === 0,
    isOnServer: there !== undefined || path.length === 0,
    state,
    reasons: [...reasons, ...overall],
  })
  const overall = explainLink(link, status, offline)
  if (path.length === 0)
    return report(status.state === 'idle' ? 'in-step' : 'to-do', [
      'It is the linked folder itself.',
    ])

  if (isOwn)
    return report('ignored', [
      'It is CloudSync’s own, with what was deleted elsewhere lately, and is never synced.',
    ])
  if (skipped && (!here || skipped.reason === 'folder-link')) {
    const isItself = skipped.path.length === path.length
    const subject = isItself ? 'It' : `“${skipped.path.join('/')}”, in which it lies,`
    const why =
      skipped.reason === 'name'
        ? describeNameFault(skipped.path.at(-1) ?? '')
        : describeSkip(skipped.reason)
    return report('ignored', [`${subject} is not synced: ${why}.`])
  }
  const waits = [...ids].flatMap((id) => {
    const reason = plan.waiting.get(id)
    return reason === undefined ? [] : [`It waits: ${describeWait(reason)}.`]
  })
  const excluded = link.excluded.find((folder) => isAbove(folder.path.split('/'), path))
  if (excluded)
    return report('excluded', [
      ...waits,
      `“${excluded.path}” is not kept on this machine; bring it here by: cloudsync include ${excluded.path}`,
    ])
  const failures = explainProblems(status, ids, Date.now())
  const steps = plan.operations
    .filter(({ id, kind }) => ids.has(id) && kind !== 'settle' && kind !== 'forget')
    .map(({ kind }) => `To be done: ${describeDeed(kind)}.`)
  const unreadable = status.unreadable
    .filter((folder) => isAbove(folder.path, path))
    .map(
      (folder) =>
        `“${folder.path.join('/')}” cannot be read (${folder.code}); check its permissions.`,
    )
  if (failures.length > 0) return report('failing', [...failures, ...unreadable])
  if (waits.length > 0 || unreadable.length > 0) return report('waiting', [...waits, ...unreadable])
  if (steps.length > 0) return report('to-do', steps)
  if (ids.size === 0)
    return report('unknown', [
      'Nothing of that name is known, here or on the server. A file that was made this moment is found within a second.',
    ])
  const conflict = store
    .listConflicts()
    .find(({ nodeId, resolvedAtMs }) => resolvedAtMs === undefined && ids.has(nodeId))
  if (conflict) {
    const { kind, number } = conflict
    const decide = `cloudsync conflicts show ${number}.`
    return kind === 'broken-structure'
      ? report('waiting', [
          `It is in conflict: both sides together could not be read by programs any more. Decide by: ${decide}`,
        ])
      : report('in-step', [`A conflict was settled by itself, and is worth a look: ${decide}`])
  }
  const isSynced = [...ids].every((id) => synced.has(id)) && ids.size === 1
  return isSynced
    ? report('in-step', ['It is the same here and on the server.'])
    : report('to-do', ['It was seen, and is dealt with next.'])
}

function explainLink(
  link: Link,
  { state, detail }: EngineStatus,
  offline: string | undefined,
): string[] {
  const because = detail === undefined ? '' : ` (${detail})`
  if (state === 'missing')
    return [
      `The linked folder ${link.path} is not there or is another one${because}; nothing is concluded from that.`,
    ]
  if (link.isPaused) return ['The link is paused; go on by: cloudsync resume.']
  if (state === 'stopped')
    return [
      'Nothing is running: start cloudsync run, or cloudsync service install.',
      ...(offline === undefined ? [] : [sentence(describeOffline(offline, link.server).message)]),
    ]
  if (state === 'offline') return [sentence(describeOffline(detail, link.server).message)]
  return []
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function explainProblems(status: EngineStatus, ids: ReadonlySet<NodeId>, nowMs: number): string[] {
  return status.problems
    .filter(({ id }) => ids.has(id))
    .map(({ code, detail, attempts, retryAtMs }) => {
      const tries = attempts === 1 ? 'once' : `${attempts} times`
      const again = formatDuration(Math.max(0, retryAtMs - nowMs))
      return `It failed ${tries}: ${describeProblem(code, detail)}; tried again in ${again}.`
    })
}

function isAbove(folder: readonly string[], path: readonly string[]): boolean {
  return folder.length <= path.length && folder.every((name, index) => path[index] === name)
}

function findByPath<E extends Entry>(
  tree: Tree<E>,
  rootId: NodeId,
  path: readonly string[],
  nameOf: (entry: E) => string,
): E | undefined {
  // From the leaf up: few are called so, and children are not listed by folder.
  const last = path.at(-1)
  for (const entry of tree.values()) {
    if (nameOf(entry) !== last) continue
    let at: E | undefined = entry
    let depth = path.length
    while (at && depth > 0 && nameOf(at) === path[depth - 1]) {
      depth--
      if (depth === 0 && at.parentId === rootId) return entry
      at = tree.get(at.parentId)
    }
  }
  return undefined
}
