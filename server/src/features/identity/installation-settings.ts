import type { Kysely } from 'kysely'
import type { ZodType } from 'zod'
import type { Schema } from '#platform/db/schema.ts'

/** What administrators have decided for the whole installation, by a name. */
export interface InstallationSetting<T> {
  readonly name: string
  readonly schema: ZodType<T>
  /** Until somebody decides. */
  readonly byDefault: T
}

export async function readSetting<T>(
  db: Kysely<Schema>,
  { name, schema, byDefault }: InstallationSetting<T>,
): Promise<T> {
  const row = await db
    .selectFrom('installation_settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst()
  return schema.safeParse(row?.value).data ?? byDefault
}

export async function writeSetting<T>(
  db: Kysely<Schema>,
  { name }: InstallationSetting<T>,
  decided: T,
): Promise<void> {
  const value = JSON.stringify(decided)
  await db
    .insertInto('installation_settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}
