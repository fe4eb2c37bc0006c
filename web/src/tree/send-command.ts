import {
  type BulkOperation,
  type BulkResponse,
  type Node,
  type NodeId,
  type Problem,
  type maxBulkOperations,
} from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { readProblem, type ApiError } from '../api/api-error.ts'
import { createNode, patchNode } from '../api/endpoints.ts'
import { undoTrashBatch } from '../api/file-endpoints.ts'
import { idsOf, type Outcome, type TreeCommand } from './tree-command.ts'

// The type ties it to the protocol's; importing the value would bring the schemas' library along.
const chunkLength: typeof maxBulkOperations = 1000

/** Sends a command. What the server refuses is in the outcome, by node; this does not throw. */
export async function sendCommand(api: ApiClient, command: TreeCommand): Promise<Outcome> {
  const single = sendSingle(api, command)
  if (single) return settle(idsOf(command), single)
  if (command.kind === 'untrash') return sendUndo(api, command)
  return sendBulk(api, idsOf(command), bulkOperations(command))
}

/** What is done to one node goes by its own request, which says more about collisions. */
function sendSingle(api: ApiClient, command: TreeCommand): Promise<Node> | undefined {
  if (command.kind === 'rename') {
    const { id, from, to } = command
    return patchNode(api, id, { name: to, seen: { name: from } })
  }
  if (command.kind === 'create' && command.nodes.length === 1) {
    const [node] = command.nodes
    if (node) return createNode(api, createBody(node, command.ifTaken))
  }
  return undefined
}

async function settle(ids: readonly NodeId[], request: Promise<Node>): Promise<Outcome> {
  try {
    return { done: [await request], failed: [], batchIds: [] }
  } catch (error) {
    return { done: [], failed: ids.map((id) => ({ id, error })), batchIds: [] }
  }
}

async function sendUndo(
  api: ApiClient,
  { ids, batchIds }: Extract<TreeCommand, { kind: 'untrash' }>,
): Promise<Outcome> {
  const done: Node[] = []
  try {
    for (const batchId of batchIds) done.push(...(await undoTrashBatch(api, batchId)))
    return { done, failed: [], batchIds: [] }
  } catch (error) {
    const back = new Set(done.map(({ id }) => id))
    const failed = ids.filter((id) => !back.has(id)).map((id) => ({ id, error }))
    return { done, failed, batchIds: [] }
  }
}

function createBody(node: Node, ifTaken: 'fail' | 'rename' | undefined) {
  const { id, parentId, name, kind } = node
  return {
    id,
    parentId: parentId as NodeId,
    name,
    kind,
    ...(ifTaken === undefined ? {} : { ifTaken }),
  }
}

function bulkOperations(command: TreeCommand): readonly BulkOperation[] {
  switch (command.kind) {
    case 'create':
      return command.nodes.map((node) => ({ type: 'create', ...createBody(node, command.ifTaken) }))
    case 'move':
      return command.moves.map(({ id, from, to }) => ({
        type: 'move',
        id,
        parentId: to,
        seen: { parentId: from },
        ifTaken: command.ifTaken ?? 'fail',
      }))
    case 'copy':
      return command.copies.map(({ id, copyId, parentId, draft }) => ({
        type: 'copy',
        id,
        copyId,
        parentId,
        name: draft.name,
        ifTaken: command.ifTaken ?? 'fail',
      }))
    case 'trash':
      return command.ids.map((id) => ({ type: 'trash', id }))
    case 'restore':
      return command.ids.map((id) => ({ type: 'restore', id }))
    case 'rename':
    case 'untrash':
      return []
  }
}

/** As many requests as it takes, one after the other. `ids` are those of the operations, in their order. */
async function sendBulk(
  api: ApiClient,
  ids: readonly NodeId[],
  operations: readonly BulkOperation[],
): Promise<Outcome> {
  const done: Node[] = []
  const failed: { id: NodeId; error: unknown }[] = []
  const batchIds: string[] = []
  for (let start = 0; start < operations.length; start += chunkLength) {
    const chunk = operations.slice(start, start + chunkLength)
    try {
      const answer = await api.mutate<BulkResponse>('POST', '/nodes/bulk', { operations: chunk })
      batchIds.push(answer.batchId)
      for (const [index, result] of answer.results.entries()) {
        const id = ids[start + index]
        if (result.ok) done.push(result.node)
        else if (id !== undefined) failed.push({ id, error: readBulkProblem(result.problem) })
      }
    } catch (error) {
      failed.push(...ids.slice(start).map((id) => ({ id, error })))
      break
    }
  }
  return { done, failed, batchIds }
}

function readBulkProblem(problem: Problem): ApiError {
  return readProblem(problem.status, problem, null)
}
