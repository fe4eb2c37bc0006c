import type { Passkey } from '@cloudsync/protocol'
import { addPasskey, beginPasskey } from '../api/account-endpoints.ts'
import type { ApiClient } from '../api/api-client.ts'
import { ApiError } from '../api/api-error.ts'
import { describeUserAgent } from './describe-user-agent.ts'
import type { RunProven } from './use-proven.tsx'

/** Makes a passkey and adds it, named after the browser. Throws an `ApiError`, and what `run` throws. */
export async function addNewPasskey(api: ApiClient, run: RunProven): Promise<Passkey> {
  const begun = await run(() => beginPasskey(api))
  const response = await createPasskey(begun)
  const name = describeUserAgent(navigator.userAgent)
  return addPasskey(api, { challenge: begun.challenge, name, response })
}

async function createPasskey(begun: Awaited<ReturnType<typeof beginPasskey>>): Promise<unknown> {
  const { describePasskeyFault, makePasskey } = await import('../session/passkey.ts')
  try {
    return await makePasskey(begun)
  } catch (error) {
    const title = describePasskeyFault(error)
    throw title === undefined ? error : new ApiError('internal', { title, cause: error })
  }
}
