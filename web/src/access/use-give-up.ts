import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Node } from '@cloudsync/protocol'
import { removeGrant } from '../api/access-endpoints.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { toasts } from '../ui/toast-list.ts'
import { accessKey, accessQuery } from './use-abilities.ts'

export const sharedKey = ['shared'] as const

/** Gives up what was granted to this person themselves on a node. */
export function useGiveUp(node: Node, onDone: () => void) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const access = useQuery(accessQuery(api, node.id))
  const own = access.data?.sources.find(
    ({ nodeId, subject }) => nodeId === node.id && subject === 'user',
  )
  const removal = useMutation({
    mutationFn: async () => {
      if (own) await removeGrant(api, node.id, own.grantId)
    },
    onSuccess: async () => {
      toasts.show(`You gave up your access to ${node.name}`)
      await queryClient.invalidateQueries({ queryKey: sharedKey })
      void queryClient.invalidateQueries({ queryKey: accessKey })
      onDone()
    },
    onError: (error) =>
      toasts.show(`Your access was not given up: ${errorLine(error)}`, { tone: 'error' }),
  })
  return { access, own, removal }
}
