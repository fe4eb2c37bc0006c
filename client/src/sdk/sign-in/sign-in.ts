import type { ServerOptions } from '../client-options.ts'
import { openHttp } from '../open-http.ts'
import { beginDeviceSignIn, type DeviceSignIn, type DeviceSignInOptions } from './device-sign-in.ts'
import { signInByPassword, type PasswordCredentials } from './password-sign-in.ts'
import type { TokenStore } from './token-store.ts'

/** Signs in by a password and keeps the session in `tokens`. Throws as `signInByPassword`. */
export async function signInWithPassword(
  options: ServerOptions & PasswordCredentials & { readonly tokens: TokenStore },
): Promise<void> {
  await options.tokens.save(await signInByPassword(openHttp(options), options))
}

/** Signs in by a code that somebody types into a browser; `wait` keeps the sign-in in `tokens` as well. */
export async function signInWithDevice(
  options: ServerOptions & DeviceSignInOptions & { readonly tokens: TokenStore },
): Promise<DeviceSignIn> {
  const begun = await beginDeviceSignIn(openHttp(options), options)
  return {
    ...begun,
    async wait(signal) {
      const tokens = await begun.wait(signal)
      await options.tokens.save(tokens)
      return tokens
    },
  }
}
