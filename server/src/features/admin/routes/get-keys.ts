import { installationKeysSchema } from '@cloudsync/protocol'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { listInstallationKeys } from '../installation-keys.ts'

export function getKeys({ db, clock }: { readonly db: Database; readonly clock: Clock }) {
  return endpoint({
    summary: 'Which keys the installation has, and how old they are',
    answers: { 200: installationKeysSchema },
    method: 'get',
    path: '/admin/keys',
    access: 'auditor',
    async handle() {
      return json(await listInstallationKeys(db, clock.now()))
    },
  })
}
