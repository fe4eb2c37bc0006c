import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import type { NodeId, Space, TrashItem } from '@cloudsync/protocol'
import { useEffect, useMemo, useState } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { emptyTrash, listTrash, purgeNode } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { useSpaceTree } from '../tree/tree-context.tsx'
import { toasts } from '../ui/toast-list.ts'

/** The trash of a space, and what can be done with what lies in it. What is done is off the list at once. */
export function useTrash(space: Space) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const { tree, editor } = useSpaceTree(space)
  const queryKey = useMemo(() => ['trash', space.id] as const, [space.id])
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => listTrash(api, space.id, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: 0,
  })
  const [leaving, setLeaving] = useState<ReadonlySet<NodeId>>(new Set())
  const items = useMemo(
    () =>
      (query.data?.pages ?? [])
        .flatMap((page): readonly TrashItem[] => page.items)
        .filter(({ node }) => !leaving.has(node.id)),
    [query.data, leaving],
  )
  useEffect(() => tree.follow(), [tree])
  useEffect(() => {
    // Others empty the trash, too, and put things in it. Several changes come together.
    let timer: ReturnType<typeof setTimeout>
    const end = tree.subscribe(() => {
      clearTimeout(timer)
      timer = setTimeout(() => void queryClient.invalidateQueries({ queryKey }), 300)
    })
    return () => {
      clearTimeout(timer)
      end()
    }
  }, [tree, queryClient, queryKey])

  async function leave(ids: readonly NodeId[], work: () => Promise<void>): Promise<void> {
    setLeaving((before) => new Set([...before, ...ids]))
    try {
      await work()
    } finally {
      await queryClient.invalidateQueries({ queryKey })
      setLeaving((before) => new Set([...before].filter((id) => !ids.includes(id))))
    }
  }

  async function restore(chosen: readonly TrashItem[]): Promise<void> {
    // The tree may never have heard of what was trashed long ago.
    tree.store.put(chosen.map(({ node }) => node))
    const ids = chosen.map(({ node }) => node.id)
    await leave(ids, async () => void (await editor.do({ kind: 'restore', ids })))
  }

  async function purge(chosen: readonly TrashItem[]): Promise<void> {
    await leave(
      chosen.map(({ node }) => node.id),
      async () => {
        for (const { node } of chosen) await tell(node.name, purgeNode(api, node.id))
      },
    )
  }

  async function empty(): Promise<void> {
    await leave(
      items.map(({ node }) => node.id),
      () => tell('The trash', emptyTrash(api, space.id), 'emptied'),
    )
  }

  return { query, items, restore, purge, empty }
}

async function tell(what: string, work: Promise<void>, verb = 'deleted'): Promise<void> {
  try {
    await work
  } catch (error) {
    toasts.show(`${what} was not ${verb}: ${errorLine(error)}`, { tone: 'error' })
  }
}
