import {
  startAuthentication,
  startRegistration,
  WebAuthnError,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'
import type { PasskeyOptions } from '@cloudsync/protocol'

/** Asks the browser for a passkey of this site. Throws what `describePasskeyFault` reads. */
export function askForPasskey({ options }: PasskeyOptions): Promise<unknown> {
  return startAuthentication({
    optionsJSON: options as unknown as PublicKeyCredentialRequestOptionsJSON,
  })
}

/** Has the browser make a passkey. Throws what `describePasskeyFault` reads. */
export function makePasskey({ options }: PasskeyOptions): Promise<unknown> {
  return startRegistration({
    optionsJSON: options as unknown as PublicKeyCredentialCreationOptionsJSON,
  })
}

/** What went wrong between the browser and the person; `undefined`: they gave up, or it was not that. */
export function describePasskeyFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED')
    return 'This device has a passkey of yours already.'
  if (error.name === 'NotAllowedError' || error.name === 'AbortError')
    return 'Nothing was chosen. Try again when you are ready.'
  if (error.name === 'SecurityError' || error.name === 'InvalidStateError')
    return 'This address cannot have passkeys: they need a name and HTTPS.'
  return undefined
}
