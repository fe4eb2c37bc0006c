import { useQuery } from '@tanstack/react-query'
import { sendRequest } from '../api/send-request.ts'

interface SetUpState {
  readonly needed: boolean
}

/** Whether the installation still waits for its first account; false while nobody knows. */
export function useSetUpNeeded(): boolean {
  return useSetUpState().data?.needed === true
}

export function useSetUpState() {
  return useQuery({
    queryKey: ['set-up'],
    queryFn: async ({ signal }) => {
      const answer = await sendRequest((url, init) => fetch(url, init), '/auth/setup', { signal })
      return (await answer.json()) as SetUpState
    },
  })
}
