import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { dumpMigratedSchema } from '../../../testing/test-database.ts'

test('schema.sql is what the migrations make (npm run db:schema writes it)', async () => {
  const recorded = await readFile(new URL('schema.sql', import.meta.url), 'utf8')
  assert.equal(recorded, await dumpMigratedSchema())
})
