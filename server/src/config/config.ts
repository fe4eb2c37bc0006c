import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseStorageUrl, StorageUrlError, type BlobStoreConfig } from '@cloudsync/storage'
import { ConfigError, type Env } from './env.ts'
import type { MailConfig } from '#platform/mail/open-mailer.ts'
import { mailConfig } from './mail-config.ts'
import type { SignInProviderConfig } from './parse-sign-in-providers.ts'
import type { RetentionDays } from './parse-retention.ts'

export type DatabaseConfig =
  | { readonly kind: 'embedded'; readonly dataDir: string }
  | { readonly kind: 'url'; readonly url: string }

export interface ServerConfig {
  readonly http: {
    readonly host: string
    readonly port: number
    /** Where people reach the server, without a trailing slash; unset: where it listens. */
    readonly publicUrl: string | undefined
    readonly trustedProxies: string
    /** Other origins whose pages may call the API and open live documents. */
    readonly corsOrigins: readonly string[]
    /** Of one user. */
    readonly rateLimitPerMinute: number
  }
  readonly dataDir: string
  readonly database: DatabaseConfig
  /** The fast path between several servers; unset: they learn of each other from the database. */
  readonly redisUrl: string | undefined
  /** Where the contents of files are kept. */
  readonly storage: BlobStoreConfig
  /** How long bytes stay that nothing names any more, so that a backup of the database finds them. */
  readonly backupWindowMs: number
  /** What holds in a new space until somebody changes it. */
  readonly newSpaces: { readonly quotaBytes: number | null; readonly trashDays: number }
  /** That one person may make who does not administer the installation. */
  readonly maxTeamSpaces: number
  /** Which versions of files stay; `all`: each. */
  readonly versionRetention: RetentionDays | 'all'
  readonly masterKey: MasterKeyConfig
  readonly mail: MailConfig
  /** Providers by which people sign in. */
  readonly signInProviders: readonly SignInProviderConfig[]
  readonly firstAccount: { readonly email: string; readonly password: string } | undefined
  readonly logLevel: Env['LOG_LEVEL']
  readonly live: LiveConfig
}

/** The file with the key that the data keys are sealed under. */
export interface MasterKeyConfig {
  readonly path: string
  /** Whether the first server makes it; not where the operator has said that it is there. */
  readonly isMadeWhenMissing: boolean
}

export interface LiveConfig {
  /** How much memory the documents in memory may take together, estimated by their structs. */
  readonly documentMemoryBytes: number
}

/** Works the settings out: defaults, and what must fit together. Throws a `ConfigError`. */
export function parseConfig(env: Env): ServerConfig {
  if ((env.ADMIN_EMAIL === undefined) !== (env.ADMIN_PASSWORD === undefined))
    throw new ConfigError(['ADMIN_EMAIL, ADMIN_PASSWORD: set both or none'])
  const dataDir = resolve(env.DATA_DIR)
  return {
    http: {
      host: env.HOST,
      port: env.PORT,
      publicUrl: env.PUBLIC_URL?.replace(/\/+$/, ''),
      trustedProxies: env.TRUSTED_PROXIES,
      corsOrigins: env.CORS_ORIGINS,
      rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    },
    dataDir,
    database:
      env.DATABASE_URL === undefined
        ? { kind: 'embedded', dataDir }
        : { kind: 'url', url: env.DATABASE_URL },
    redisUrl: env.REDIS_URL,
    storage: storageConfig(env, dataDir),
    backupWindowMs: env.BACKUP_WINDOW * 24 * 3_600_000,
    newSpaces: { quotaBytes: env.DEFAULT_SPACE_QUOTA ?? null, trashDays: env.TRASH_RETENTION },
    maxTeamSpaces: env.MAX_TEAM_SPACES,
    versionRetention: env.VERSION_RETENTION,
    masterKey: {
      path: resolve(env.MASTER_KEY_FILE ?? join(dataDir, 'master.key')),
      isMadeWhenMissing: env.MASTER_KEY_FILE === undefined,
    },
    mail: mailConfig(env),
    signInProviders: env.OIDC_PROVIDERS ?? [],
    firstAccount:
      env.ADMIN_EMAIL === undefined || env.ADMIN_PASSWORD === undefined
        ? undefined
        : { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD },
    logLevel: env.LOG_LEVEL,
    live: { documentMemoryBytes: env.DOCUMENT_MEMORY_MB * 1024 * 1024 },
  }
}

function storageConfig(env: Env, dataDir: string): BlobStoreConfig {
  try {
    return parseStorageUrl(storageUrl(env.STORAGE_URL, dataDir), env)
  } catch (error) {
    if (!(error instanceof StorageUrlError)) throw error
    throw new ConfigError([`STORAGE_URL: ${error.message}`])
  }
}

/** `file:relative/path` is taken from the working directory, as every other path. */
function storageUrl(setting: string | undefined, dataDir: string): string {
  if (setting === undefined) return pathToFileURL(resolve(dataDir, 'blobs')).href
  if (!setting.startsWith('file:') || setting.startsWith('file://')) return setting
  const path = setting.slice('file:'.length)
  return pathToFileURL(isAbsolute(path) ? path : resolve(path)).href
}
