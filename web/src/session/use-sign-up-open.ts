import type { SignUpState } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { sendPublic } from './send-public.ts'

/** Whether people make accounts themselves here; false while nobody knows. */
export function useSignUpOpen(): boolean {
  return useSignUpState().data?.isOpen === true
}

export function useSignUpState() {
  return useQuery({
    queryKey: ['sign-up'],
    queryFn: async ({ signal }) =>
      (await (await sendPublic('/auth/sign-up', { signal })).json()) as SignUpState,
  })
}
