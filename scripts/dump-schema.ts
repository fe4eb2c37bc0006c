/** Writes the schema that the migrations make, so that a migration is reviewed as its effect. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dumpMigratedSchema } from '../server/testing/test-database.ts'

const file = join(import.meta.dirname, '../server/src/platform/db/schema.sql')
await writeFile(file, await dumpMigratedSchema())
