import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Space } from '@cloudsync/protocol'
import { patchSpace } from '../api/endpoints.ts'
import { useServices } from '../app/services.tsx'
import { compareSpaces, spacesKey } from '../shell/use-spaces.ts'
import { toasts } from '../ui/toast-list.ts'
import type { SpacePatch } from './settings-draft.ts'

/** Sends changed settings, and shows them everywhere on the page. */
export function useSaveSettings(space: Space) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (patch: SpacePatch) => patchSpace(api, space.id, patch),
    onSuccess: async (saved) => {
      // An answer that is under way would bring back what was there before.
      await queryClient.cancelQueries({ queryKey: spacesKey })
      queryClient.setQueryData<readonly Space[]>(spacesKey, (spaces) =>
        spaces?.map((each) => (each.id === saved.id ? saved : each)).toSorted(compareSpaces),
      )
      toasts.show('The settings are saved')
    },
  })
}
