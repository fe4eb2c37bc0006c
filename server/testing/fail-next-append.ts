import type { TestServer } from './test-server.ts'

/** Makes the database refuse exactly one row of the log. Once per server. */
export async function failNextAppend(server: TestServer): Promise<void> {
  await server.db.database.pool.query(`
    CREATE SEQUENCE failures;
    CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('failures') = 1 THEN RAISE EXCEPTION 'no room'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER fail_once BEFORE INSERT ON update_log FOR EACH ROW EXECUTE FUNCTION fail_once()`)
}
