import { installationKeysSchema } from '@cloudsync/protocol'
import type { Database } from '#platform/db/database.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { listInstallationKeys } from '../installation-keys.ts'

export function getKeys(db: Database) {
  return endpoint({
    summary: 'Which keys the installation has, and how old they are',
    answers: { 200: installationKeysSchema },
    method: 'get',
    path: '/admin/keys',
    access: 'auditor',
    async handle() {
      return json(await listInstallationKeys(db))
    },
  })
}
