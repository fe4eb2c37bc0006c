import {
  makeProblem,
  type BulkResponse,
  type CreateNodeRequest,
  type Node,
  type NodeId,
} from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { presentNode, presentNodes } from '../nodes/present-node.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import type { IdempotentRequest } from '#platform/http/idempotency.ts'
import { runCommands } from '../tree/run-commands.ts'
import type { CommandOutcome, CommandRefusal, TreeCommand } from '../tree/tree-command.ts'
import type { IfTaken } from '../tree/folder-listing.ts'

interface CommandResult {
  readonly row: NodeRow
  readonly isNew: boolean
  readonly batchId: string
}

export interface CommandAnswer extends Omit<CommandResult, 'row'> {
  readonly node: Node
}

function newNodeId(): NodeId {
  return uuidv7() as NodeId
}

export function createCommand({
  id,
  parentId,
  name,
  kind,
  ifTaken = 'fail',
  mode,
}: CreateNodeRequest): TreeCommand {
  const hasFreshId = id === undefined
  return { type: 'create', id: id ?? newNodeId(), hasFreshId, parentId, name, kind, ifTaken, mode }
}

export function copyCommand(
  id: NodeId,
  { copyId, parentId, name, ifTaken = 'fail' }: CopyWish,
): TreeCommand {
  const hasFreshId = copyId === undefined
  return { type: 'copy', id, copyId: copyId ?? newNodeId(), hasFreshId, parentId, name, ifTaken }
}

interface CopyWish {
  readonly copyId?: NodeId | undefined
  readonly parentId: NodeId
  readonly name?: string | undefined
  readonly ifTaken?: IfTaken | undefined
}

/** Runs one command, and shows the node; throws the problem with which it is refused. */
export async function answerCommand(
  context: FilesContext,
  caller: Caller,
  command: TreeCommand,
  request?: IdempotentRequest,
): Promise<CommandAnswer> {
  const { row, ...result } = await doCommand(context, caller, command, request)
  return { ...result, node: await presentNode(row, context.people) }
}

/** As `answerCommand`, for who does not show the node. */
export async function doCommand(
  context: FilesContext,
  caller: Caller,
  command: TreeCommand,
  request?: IdempotentRequest,
): Promise<CommandResult> {
  const { batchId, outcomes, rows } = await runCommands(context, caller, [command], request)
  const [outcome] = outcomes
  if (!outcome?.ok) throw refusedError(outcome)
  const isDoneNow = rows.has(outcome.nodeId) && (outcome.isNew || staysInSight(command))
  // What an earlier request has done, with a key or without, may be out of sight by now.
  if (!isDoneNow) await context.access.requireNode(caller.userId, outcome.nodeId, 'node.read')
  const row = rows.get(outcome.nodeId) ?? (await context.nodes.get(outcome.nodeId))
  return { row, isNew: outcome.isNew, batchId: row.trash_batch_id ?? batchId }
}

/** Whether a node that a command was about a moment ago is seen by whoever gave it as before. */
function staysInSight(command: TreeCommand): boolean {
  switch (command.type) {
    case 'move':
      return command.parentId === undefined
    case 'trash':
      return true
    case 'create':
    case 'copy':
    case 'restore':
      return false
  }
}

/** Runs commands, with a result for each. */
export async function answerBulk(
  context: FilesContext,
  caller: Caller,
  commands: readonly TreeCommand[],
  request?: IdempotentRequest,
): Promise<BulkResponse> {
  const { batchId, outcomes, rows } = await runCommands(context, caller, commands, request)
  const seen = [...(await listSeen(context, caller, outcomes, rows))]
  const known = seen.flatMap((id) => rows.get(id) ?? [])
  const others = await context.nodes.list(seen.filter((id) => !rows.has(id)))
  const presented = await presentNodes([...known, ...others], context.people)
  const nodes = new Map(presented.map((node) => [node.id, node]))
  const results = outcomes.map((outcome) => {
    const node = outcome.ok ? nodes.get(outcome.nodeId) : undefined
    if (node) return { ok: true as const, node }
    return { ok: false as const, problem: problemOf(outcome.ok ? undefined : outcome) }
  })
  return { batchId, results }
}

/** The nodes of outcomes that the caller may read; what the request itself has made just now goes without asking. */
async function listSeen(
  { access }: FilesContext,
  caller: Caller,
  outcomes: readonly CommandOutcome[],
  rows: ReadonlyMap<NodeId, NodeRow>,
): Promise<ReadonlySet<NodeId>> {
  const done = outcomes.filter((outcome) => outcome.ok)
  const [asked, seen] = [new Set<NodeId>(), new Set<NodeId>()]
  for (const { nodeId, isNew } of done) (isNew && rows.has(nodeId) ? seen : asked).add(nodeId)
  for (const id of (await access.listAccess(caller.userId, [...asked])).keys()) seen.add(id)
  return seen
}

function refusedError(refused: CommandRefusal | undefined): ProblemError {
  if (!refused) return new ProblemError('internal')
  const { code, detail, extensions } = refused
  return new ProblemError(code, { extensions, ...(detail === null ? {} : { detail }) })
}

function problemOf(refused: CommandRefusal | undefined) {
  const { code, extensions, detail } = refusedError(refused)
  return makeProblem(refused ? code : 'not_found', { detail, extensions })
}
