import { createHmac } from 'node:crypto'
import { SecretCookie } from '#platform/http/secret-cookie.ts'
import type { SignInChecks } from './external-provider.ts'

/** What a browser holds while somebody signs in by another provider. */
export function signInCookie(publicUrl: string): SecretCookie {
  return new SecretCookie('cs_external', publicUrl)
}

/** Only who has the browser's secret can make or check these; so that none of them is stored. */
export function checksOf(secret: string): SignInChecks {
  const derive = (use: string) => createHmac('sha256', secret).update(use).digest('base64url')
  return { state: derive('state'), nonce: derive('nonce'), codeVerifier: derive('code verifier') }
}
