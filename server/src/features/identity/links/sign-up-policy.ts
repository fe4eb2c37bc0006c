import { signUpPolicySchema, type SignUpPolicy } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'

const settingName = 'sign_up'

/** Unless an administrator says otherwise, accounts are made by invitation. */
const defaultPolicy: SignUpPolicy = { mode: 'closed', domains: [] }

export async function readSignUpPolicy(db: Kysely<Schema>): Promise<SignUpPolicy> {
  const row = await db
    .selectFrom('installation_settings')
    .select('value')
    .where('name', '=', settingName)
    .executeTakeFirst()
  return signUpPolicySchema.safeParse(row?.value).data ?? defaultPolicy
}

export async function writeSignUpPolicy(db: Kysely<Schema>, policy: SignUpPolicy): Promise<void> {
  const value = JSON.stringify(policy)
  await db
    .insertInto('installation_settings')
    .values({ name: settingName, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

/** Whether who reads at an address may make an account. A subdomain is another domain. */
export function admitsSignUp({ mode, domains }: SignUpPolicy, email: string): boolean {
  switch (mode) {
    case 'closed':
      return false
    case 'open':
      return true
    case 'domains':
      return domains.includes(email.slice(email.lastIndexOf('@') + 1))
  }
}
