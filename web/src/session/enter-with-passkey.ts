import type { PasskeyOptions } from '@cloudsync/protocol'
import { ApiError } from '../api/api-error.ts'
import { postPublic } from './send-public.ts'
import type { Session } from './session.ts'

/** Signs in with a passkey alone. Throws an `ApiError`. */
export async function enterWithPasskey(session: Session): Promise<void> {
  const asked = await begin({})
  const response = await ask(asked)
  await session.enter('/auth/passkeys/sign-in', { challenge: asked.challenge, response })
}

/** Shows a passkey after the password. Throws an `ApiError`. */
export async function enterWithSecondPasskey(session: Session, challenge: string): Promise<void> {
  const asked = await begin({ challenge })
  const response = await ask(asked)
  const passkeyChallenge = asked.challenge
  await session.enter('/auth/second-factor', { challenge, passkeyChallenge, response })
}

async function begin(body: { challenge?: string }): Promise<PasskeyOptions> {
  return (await (await postPublic('/auth/passkeys/options', body)).json()) as PasskeyOptions
}

async function ask(asked: PasskeyOptions): Promise<unknown> {
  const { askForPasskey, describePasskeyFault } = await import('./passkey.ts')
  try {
    return await askForPasskey(asked)
  } catch (error) {
    const title = describePasskeyFault(error)
    throw title === undefined ? error : new ApiError('wrong_passkey', { title, cause: error })
  }
}
