import { isSecretToken } from '../secret-token.ts'

/**
 * A cookie that holds a secret token, for this host alone. Over HTTPS its name has the prefix `__Host-`, so that no
 * neighbour on another subdomain can set it (RFC 6265bis §4.1.3.2). Over plain HTTP browsers take neither that nor `Secure`.
 */
export class SecretCookie {
  readonly #name: string
  readonly #isSecure: boolean

  /** `publicUrl`: where people reach the server. */
  constructor(name: string, publicUrl: string) {
    this.#isSecure = publicUrl.startsWith('https:')
    this.#name = this.#isSecure ? `__Host-${name}` : name
  }

  /** The secret in what a browser has sent, if there is one that could be ours. */
  read(header: string | undefined): string | undefined {
    const start = `${this.#name}=`
    const pair = header?.split(/; */).find((each) => each.startsWith(start))
    const secret = pair?.slice(start.length)
    return secret !== undefined && isSecretToken(secret) ? secret : undefined
  }

  /**
   * The value of `Set-Cookie` that makes a browser keep a secret. It is sent along when another site leads here, and by
   * no form of another site.
   */
  write(secret: string, maxAgeSeconds: number): string {
    const secure = this.#isSecure ? '; Secure' : ''
    return `${this.#name}=${secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${secure}`
  }
}
