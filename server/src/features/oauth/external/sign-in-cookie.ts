import { createHmac } from 'node:crypto'
import { interactionTtlSeconds } from '../provider/oauth-routes.ts'
import type { SignInChecks } from './external-provider.ts'

/** Only who has the browser's secret can make or check these; so that none of them is stored. */
export function checksOf(secret: string): SignInChecks {
  const derive = (use: string) => createHmac('sha256', secret).update(use).digest('base64url')
  return { state: derive('state'), nonce: derive('nonce'), codeVerifier: derive('code verifier') }
}

/** Sent along when the other provider sends the browser back, and by no form of another site. */
export function writeCookie(publicUrl: string, secret: string): string {
  return `${cookieName(publicUrl)}=${secret}; ${attributes(publicUrl)}; Max-Age=${interactionTtlSeconds}`
}

export function readCookie(publicUrl: string, header: string | undefined): string | undefined {
  const name = `${cookieName(publicUrl)}=`
  const pair = header?.split(/; */).find((each) => each.startsWith(name))
  const secret = pair?.slice(name.length)
  return secret !== undefined && /^[\w-]{43}$/.test(secret) ? secret : undefined
}

/** The prefix keeps neighbours on other subdomains from setting it (RFC 6265bis §4.1.3.2). */
function cookieName(publicUrl: string): string {
  return isSecure(publicUrl) ? '__Host-cs_external' : 'cs_external'
}

function attributes(publicUrl: string): string {
  return `Path=/; HttpOnly; SameSite=Lax${isSecure(publicUrl) ? '; Secure' : ''}`
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:')
}
