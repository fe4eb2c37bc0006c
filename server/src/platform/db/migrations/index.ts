import type { Migration } from '../migrate.ts'
import { core } from './0001-core.ts'

/** All migrations, in order. Forward only: a released one is never edited. */
export const migrations: readonly Migration[] = [core]
