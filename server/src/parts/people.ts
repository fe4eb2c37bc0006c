import {
  GrantExpiries,
  openAccess,
  openSharing,
  type AccessOptions,
} from '#features/access/index.ts'
import { openAdministration } from '#features/admin/index.ts'
import {
  openIdentity,
  RedisEndedSessions,
  type FirstAccountState,
  type Identity,
} from '#features/identity/index.ts'
import { openOAuth, type OAuth } from '#features/oauth/index.ts'
import { openSpaces } from '#features/spaces/index.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { openMail } from '#platform/mail/open-mail.ts'
import type { ServerConfig } from '../config/config.ts'
import type { Foundation } from './foundation.ts'
import type { ServerOverrides } from './server-overrides.ts'

/** Who there is, what they may do, and in which spaces. */
export interface PeopleParts {
  readonly identity: Identity
  readonly firstAccount: FirstAccountState
  readonly access: ReturnType<typeof openAccess>
  readonly oauth: OAuth
  readonly endpoints: readonly Endpoint[]
}

/** Never changes, wherever the server is reached: tokens outlive a move to another address. */
const tokenIssuer = 'cloudsync'

export async function openPeople(
  config: ServerConfig,
  base: Foundation & { readonly publicUrl: () => string },
  stack: AsyncDisposableStack,
  overrides: Pick<ServerOverrides, 'mail' | 'oauth'>,
): Promise<PeopleParts> {
  const { db, clock, log, redis, links } = base
  const { notices } = links
  const access = startAccess({ db, clock, log, notices }, stack)
  const mail = stack.use(await openMail({ ...base, config: config.mail, ...overrides.mail }))
  const identity = stack.use(
    await openIdentity({
      ...base,
      notices,
      mail,
      endedSessions: redis && stack.use(RedisEndedSessions.open(redis, log)),
      firstAccount: config.firstAccount,
      spaceDefaults: config.newSpaces,
      issuer: tokenIssuer,
    }),
  )
  // All that ask for a mail can be answered now.
  mail.worker.start()
  const firstAccount = await identity.ensureFirstAccount()
  const { signInProviders } = config
  const apps = { identity, signInProviders, ...overrides.oauth }
  const oauth = stack.use(openOAuth({ ...base, ...apps }))
  const spaces = openSpaces({ ...config, db, access, people: identity, defaults: config.newSpaces })
  const sharing = openSharing({ db, clock, access, people: identity })
  const features = [identity, oauth, sharing, spaces, openAdministration(base)]
  const endpoints = features.flatMap((feature) => [...feature.endpoints])
  return { identity, firstAccount, access, oauth, endpoints }
}

/** Who may do what, also when a grant runs out. */
function startAccess(options: AccessOptions, stack: AsyncDisposableStack) {
  const access = openAccess(options)
  stack.use(
    GrantExpiries.start({
      ...options,
      access,
      onExpired: (change) => access.noteAccessChanged(change),
    }),
  )
  return access
}
