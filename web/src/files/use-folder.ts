import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Node, NodeId } from '@cloudsync/protocol'
import { useCallback, useMemo, useState } from 'react'
import { isApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { createText, renameNode, restoreNode, trashNode } from '../api/endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { toasts } from '../ui/toast-list.ts'
import { childrenQuery, dropListedNodes, putListedNode } from './children-query.ts'
import { applyOperations, type FolderOperation } from './folder-operations.ts'
import { createNodeId } from './node-id.ts'

/** A folder's entries with what this person has just done to them, and the ways to do more. */
export function useFolder(space: { readonly id: Node['spaceId']; readonly rootId: NodeId }) {
  const { api } = useServices()
  const me = useMe()
  const queryClient = useQueryClient()
  const query = useQuery(childrenQuery(api, queryClient, space.rootId))
  const { operations, run } = useOperations()

  const nodes = useMemo(
    () => query.data && applyOperations(query.data.nodes, operations),
    [query.data, operations],
  )

  const create = useCallback(
    async (name: string): Promise<Node | undefined> => {
      const node = draftNode(space, name, me)
      return run([{ kind: 'create', node }], `${name} was not created`, async () => {
        const created = await createText(api, { id: node.id, parentId: space.rootId, name })
        await putListedNode(queryClient, created)
        return created
      })
    },
    [api, me, queryClient, run, space],
  )

  const rename = useCallback(
    async (node: Node, name: string): Promise<void> => {
      const operation: FolderOperation = { kind: 'rename', id: node.id, name }
      await run([operation], `${node.name} was not renamed`, async () => {
        await putListedNode(queryClient, await renameNode(api, node.id, name))
      })
    },
    [api, queryClient, run],
  )

  const restore = useCallback(
    async (trashed: readonly Node[]): Promise<void> => {
      for (const node of trashed) {
        try {
          await putListedNode(queryClient, await restoreNode(api, node.id))
        } catch (error) {
          toasts.show(`${node.name} was not brought back: ${errorLine(error)}`, { tone: 'error' })
        }
      }
    },
    [api, queryClient],
  )

  const trash = useCallback(
    async (chosen: readonly Node[]): Promise<void> => {
      const operation = chosen.map(({ id }): FolderOperation => ({ kind: 'remove', id }))
      await run(operation, `${describe(chosen)} could not be moved to the trash`, async () => {
        const gone: Node[] = []
        try {
          for (const node of chosen) {
            await ignoreGone(trashNode(api, node.id))
            gone.push(node)
          }
        } finally {
          await dropListedNodes(queryClient, space.rootId, new Set(gone.map(({ id }) => id)))
          if (gone.length > 0) {
            toasts.show(`${describe(gone)} moved to the trash`, {
              action: { label: 'Undo', run: () => void restore(gone) },
            })
          }
        }
      })
    },
    [api, queryClient, restore, run, space.rootId],
  )

  return { query, nodes, create, rename, trash }
}

/** What is under way, and how to put more on the pile; a refusal takes it off again and says why. */
function useOperations() {
  const [operations, setOperations] = useState<readonly FolderOperation[]>([])
  const run = useCallback(
    async <T>(
      added: readonly FolderOperation[],
      failure: string,
      work: () => Promise<T>,
    ): Promise<T | undefined> => {
      setOperations((pile) => [...pile, ...added])
      try {
        return await work()
      } catch (error) {
        toasts.show(`${failure}: ${errorLine(error)}`, { tone: 'error' })
        return undefined
      } finally {
        setOperations((pile) => pile.filter((operation) => !added.includes(operation)))
      }
    },
    [],
  )
  return { operations, run }
}

/** Somebody else was faster: what was wanted is so. */
async function ignoreGone(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isApiError(error, 'trashed') && !isApiError(error, 'not_found')) throw error
  }
}

function describe(nodes: readonly Node[]): string {
  const [first] = nodes
  return nodes.length === 1 && first ? first.name : `${nodes.length} files`
}

/** How a new text looks until the server has answered. */
function draftNode(
  space: { readonly id: Node['spaceId']; readonly rootId: NodeId },
  name: string,
  me: ReturnType<typeof useMe>,
): Node {
  const now = Date.now()
  const time = new Date(now).toISOString()
  const person = { id: me.id, name: me.name, color: me.color }
  return {
    id: createNodeId(now),
    spaceId: space.id,
    parentId: space.rootId,
    name,
    kind: 'text',
    sizeBytes: 0,
    mediaType: 'text/plain',
    sha256: null,
    hasConflicts: false,
    seq: 0,
    createdAt: time,
    createdBy: person,
    updatedAt: time,
    updatedBy: person,
    trashedAt: null,
  }
}
