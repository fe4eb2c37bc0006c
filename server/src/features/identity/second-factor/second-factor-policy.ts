import { secondFactorPolicySchema, type SecondFactorPolicy, type UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { readSetting, writeSetting, type InstallationSetting } from '../installation-settings.ts'

/** Unless an administrator says otherwise, each person decides for themselves. */
const setting: InstallationSetting<SecondFactorPolicy> = {
  name: 'second_factor',
  schema: secondFactorPolicySchema,
  byDefault: { demandedOf: 'nobody' },
}

export function readSecondFactorPolicy(db: Kysely<Schema>): Promise<SecondFactorPolicy> {
  return readSetting(db, setting)
}

export function writeSecondFactorPolicy(
  db: Kysely<Schema>,
  policy: SecondFactorPolicy,
): Promise<void> {
  return writeSetting(db, setting, policy)
}

/** Of a row of `users`: whether two factors are demanded of it. Services have no password to begin with. */
const isDemanded = sql<boolean>`(
  users.kind = 'person' AND
  CASE (SELECT value ->> 'demandedOf' FROM installation_settings WHERE name = ${setting.name})
    WHEN 'everybody' THEN true
    WHEN 'administrators' THEN users.is_admin
    ELSE false
  END
)`

export const hasApp = sql<boolean>`
  EXISTS (SELECT FROM totp_secrets WHERE user_id = users.id AND confirmed_at IS NOT NULL)
`
export const hasAnyPasskey = sql<boolean>`
  EXISTS (SELECT FROM passkeys WHERE user_id = users.id)
`

/** Of a row of `users`: whether a second factor has to be set up before anything else is done. */
export const mustSetUp = sql<boolean>`(
  ${isDemanded} AND NOT ${hasApp} AND NOT ${hasAnyPasskey}
)`

/** What somebody has beside a password, and whether they have to. */
interface FactorState {
  readonly isDemanded: boolean
  readonly hasApp: boolean
  readonly passkeyCount: number
}

/** Changes of it by two at once are kept apart by whoever has locked the row of the account. */
export async function readFactors(db: Kysely<Schema>, userId: UserId): Promise<FactorState> {
  const row = await db
    .selectFrom('users')
    .select([
      isDemanded.as('isDemanded'),
      hasApp.as('hasApp'),
      sql<number>`(SELECT count(*)::int FROM passkeys WHERE user_id = users.id)`.as('passkeyCount'),
    ])
    .where('id', '=', userId)
    .executeTakeFirst()
  return row ?? { isDemanded: false, hasApp: false, passkeyCount: 0 }
}

/** Of whom two factors are demanded and who have passkeys alone: their password used to be enough. */
export function passkeyPeople(db: Kysely<Schema>) {
  return db
    .selectFrom('users')
    .select('id')
    .where(isDemanded)
    .where(hasAnyPasskey)
    .where(sql<boolean>`NOT ${hasApp}`)
}
