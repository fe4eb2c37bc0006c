import { ConfigError } from './config/env.ts'

const peopleErrors: ReadonlySet<string> = new Set([
  'DatabaseUnusableError',
  'EmbeddedPostgresError',
  'MigrationError',
  'MasterKeyError',
  'StorageUrlError',
  'BlobStoreUnavailableError',
  'BlobStoreUnauthorizedError',
  'UsageError',
])

/** What a person can act upon needs no stack trace. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isForPeople =
    error instanceof ConfigError || peopleErrors.has(error.name) || 'syscall' in error
  return isForPeople ? error.message : (error.stack ?? error.message)
}
