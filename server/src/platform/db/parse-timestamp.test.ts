import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { parseTimestamp } from './parse-timestamp.ts'

const parseAny = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (
  text: string,
) => Date | number | null

test('a timestamp in UTC is read to the millisecond, however many digits it has', () => {
  const read = (text: string) => (parseTimestamp(text) as Date).toISOString()
  assert.equal(read('2026-11-26 01:02:03+00'), '2026-11-26T01:02:03.000Z')
  assert.equal(read('2026-11-26 01:02:03.5+00'), '2026-11-26T01:02:03.500Z')
  assert.equal(read('2026-11-26 01:02:03.57+00'), '2026-11-26T01:02:03.570Z')
  assert.equal(read('2026-11-26 01:02:03.069+00'), '2026-11-26T01:02:03.069Z')
  assert.equal(read('1999-12-31 23:59:59.999999+00'), '1999-12-31T23:59:59.999Z')
})

test('a timestamp in another form is what the driver makes of it', () => {
  for (const text of [
    '2026-11-26 01:02:03.25+01',
    '2026-11-26 01:02:03-00:30',
    '2026-11-26 01:02:03+05:45:12',
    '0044-03-15 12:00:00+00',
    '0044-03-15 12:00:00+00 BC',
    '12026-11-26 01:02:03.25+00',
    'infinity',
    '-infinity',
    'Thu Nov 26 01:02:03 2026 UTC',
  ])
    assert.deepEqual(parseTimestamp(text), parseAny(text), text)
})

test('the database is read so', async () => {
  await using db = await openTestDatabase()
  const at = new Date('2026-02-28T23:59:59.069Z')
  const { rows } = await db.database.pool.query('SELECT $1::timestamptz AS at', [at])
  assert.deepEqual(rows, [{ at }])
})
