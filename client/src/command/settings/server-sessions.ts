import {
  createClient,
  type CloudSyncClient,
  type Fetch,
  type ServerOptions,
  type StoredTokens,
  type TokenStore,
} from '../../sdk/index.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Credential, Credentials } from './credentials.ts'

export const tokenVariable = 'CLOUDSYNC_TOKEN'

export interface ServerSessionsOptions {
  readonly credentials: Credentials
  readonly env: Readonly<Record<string, string | undefined>>
  readonly userAgent: string
}

/** Clients of the servers that this person is signed in to. */
export class ServerSessions {
  readonly credentials: Credentials
  readonly #token: string | undefined
  readonly #userAgent: string

  constructor({ credentials, env, userAgent }: ServerSessionsOptions) {
    this.credentials = credentials
    this.#token = env[tokenVariable]?.trim() || undefined
    this.#userAgent = userAgent
  }

  /** How to reach a server in nobody's name. */
  optionsOf(server: string, fetch?: Fetch): ServerOptions {
    return { url: server, userAgent: this.#userAgent, ...(fetch && { fetch }) }
  }

  /** In the name of who is signed in; a token in the environment goes before. Throws `CommandError` where nobody is. */
  async open(server: string, fetch?: Fetch): Promise<CloudSyncClient> {
    const options = this.optionsOf(server, fetch)
    if (this.#token !== undefined)
      return createClient({ ...options, credentials: { accessToken: this.#token } })
    const credential = await this.credentials.find(server)
    if (!credential)
      throw new CommandError(
        `Nobody is signed in to ${server}; sign in by: cloudsync login ${server}`,
        exitCodes.notSignedIn,
      )
    const { secret } = credential
    return secret.kind === 'token'
      ? createClient({ ...options, credentials: { accessToken: secret.token } })
      : createClient({ ...options, credentials: { tokens: this.tokenStoreOf(server) } })
  }

  /** Where the sign-in of a server is kept; `account` names whose it is once that is known. */
  tokenStoreOf(server: string, account = ''): TokenStore {
    const { credentials } = this
    return {
      async load() {
        const secret = (await credentials.find(server))?.secret
        return secret?.kind === 'sign-in' ? secret : undefined
      },
      async save(tokens) {
        if (!tokens) return credentials.remove(server)
        const known = await credentials.find(server)
        await credentials.save(signInOf(server, known?.account ?? account, tokens))
      },
      exclusively: (task) => credentials.exclusively(server, task),
    }
  }

  /** The server that is meant where none is named: the only one that this person is signed in to. */
  async findServer(asked: string | undefined): Promise<string> {
    if (asked !== undefined) return asked
    const known = await this.credentials.list()
    const [only, ...others] = known
    if (!only)
      throw new CommandError(
        'Nobody is signed in; sign in by: cloudsync login <url>',
        exitCodes.notSignedIn,
      )
    if (others.length > 0)
      throw new CommandError(
        `You are signed in to several servers; name one of them by --server: ` +
          known.map(({ server }) => server).join(', '),
        exitCodes.usage,
      )
    return only.server
  }
}

export function signInOf(server: string, account: string, tokens: StoredTokens): Credential {
  const { issuedTo, accessToken, accessTokenExpiresAt, refreshToken } = tokens
  const secret = { kind: 'sign-in', issuedTo, accessToken, accessTokenExpiresAt, refreshToken }
  return { version: 1, server, account, secret: { ...secret, kind: 'sign-in' } }
}
