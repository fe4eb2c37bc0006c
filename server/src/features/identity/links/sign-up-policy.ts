import { signUpPolicySchema, type SignUpPolicy } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { readSetting, writeSetting, type InstallationSetting } from '../installation-settings.ts'

/** Unless an administrator says otherwise, accounts are made by invitation. */
const setting: InstallationSetting<SignUpPolicy> = {
  name: 'sign_up',
  schema: signUpPolicySchema,
  byDefault: { mode: 'closed', domains: [] },
}

export function readSignUpPolicy(db: Kysely<Schema>): Promise<SignUpPolicy> {
  return readSetting(db, setting)
}

export function writeSignUpPolicy(db: Kysely<Schema>, policy: SignUpPolicy): Promise<void> {
  return writeSetting(db, setting, policy)
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
