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
import type { IdempotentRequest } from '#platform/http/idempotency.ts'
import { runCommands } from '../tree/run-commands.ts'
import type { CommandOutcome, CommandRefusal, TreeCommand } from '../tree/tree-command.ts'

export interface CommandAnswer {
  readonly node: Node
  readonly isNew: boolean
  readonly batchId: string
}

export function newNodeId(): NodeId {
  return uuidv7() as NodeId
}

export function createCommand({
  id = newNodeId(),
  parentId,
  name,
  kind,
  ifTaken = 'fail',
  mode,
}: CreateNodeRequest): TreeCommand {
  return { type: 'create', id, parentId, name, kind, ifTaken, mode }
}

/** Runs one command; throws the problem with which it is refused. */
export async function answerCommand(
  context: FilesContext,
  caller: Caller,
  command: TreeCommand,
  request?: IdempotentRequest,
): Promise<CommandAnswer> {
  const { batchId, outcomes } = await runCommands(context, caller, [command], request)
  const [outcome] = outcomes
  if (!outcome?.ok) throw refusedError(outcome)
  // What an earlier request has done, with a key or without, may be out of sight by now.
  if (request || !outcome.isNew)
    await context.access.requireNode(caller.userId, outcome.nodeId, 'node.read')
  const row = await context.nodes.get(outcome.nodeId)
  return {
    node: await presentNode(row, context.people),
    isNew: outcome.isNew,
    batchId: row.trash_batch_id ?? batchId,
  }
}

/** Runs commands, with a result for each. */
export async function answerBulk(
  context: FilesContext,
  caller: Caller,
  commands: readonly TreeCommand[],
  request?: IdempotentRequest,
): Promise<BulkResponse> {
  const { batchId, outcomes } = await runCommands(context, caller, commands, request)
  const seen = await listSeen(context, caller, outcomes, request !== undefined)
  const rows = await context.nodes.list([...seen])
  const nodes = new Map((await presentNodes(rows, context.people)).map((node) => [node.id, node]))
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
  isRepeatable: boolean,
): Promise<ReadonlySet<NodeId>> {
  const done = outcomes.filter((outcome) => outcome.ok)
  const [asked, seen] = [new Set<NodeId>(), new Set<NodeId>()]
  for (const { nodeId, isNew } of done) (isRepeatable || !isNew ? asked : seen).add(nodeId)
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
