import { sql } from 'kysely'
import type { TestServer } from './test-server.ts'

/** From now on PostgreSQL fails when what is recorded of an app's request is to be changed. */
export async function refusePayloads({ db }: TestServer): Promise<void> {
  const { kysely } = db.database
  await sql`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'refused by a test'; END $$
  `.execute(kysely)
  await sql`
    CREATE TRIGGER refuse BEFORE UPDATE OF payload ON oauth_records
      FOR EACH ROW EXECUTE FUNCTION refuse()
  `.execute(kysely)
}
