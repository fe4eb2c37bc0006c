import type { BlobStore } from '@cloudsync/storage'
import type { Logger } from 'pino'
import type { OpenContentsOptions } from '#features/contents/index.ts'
import type { LiveOptions } from '#features/live/index.ts'
import type { OAuthOptions } from '#features/oauth/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import type { LoadShedderOptions } from '#platform/http/limits/load-shedder.ts'
import type { MailServiceOptions } from '#platform/mail/open-mail.ts'

/** What tests, and whoever starts a server from code, put in place of what the configuration gives. */
export interface ServerOverrides {
  /** Disposed of when all else is. */
  readonly held?: AsyncDisposable
  readonly log?: Logger
  /** Beside those of the features. */
  readonly endpoints?: readonly Endpoint[]
  readonly shedding?: Pick<LoadShedderOptions, 'maxDelayMs'>
  readonly live?: Pick<
    LiveOptions,
    'acknowledge' | 'idleMs' | 'limits' | 'personLimits' | 'publish'
  >
  readonly contents?: Pick<OpenContentsOptions, 'collectEveryMs'> & {
    /** Of the leases of contents, and of their ages. */
    readonly clock?: Clock
    /** Puts something in front of the store, and need not dispose of it. */
    readonly wrapStore?: (store: BlobStore) => BlobStore
  }
  readonly mail?: Pick<MailServiceOptions, 'pollMs' | 'firstRetryMs' | 'breakerPauseMs'>
  readonly oauth?: Pick<OAuthOptions, 'providerCalls'>
}
