import { type StorageReport, storageReportSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { StorageReports } from '../storage-reports.ts'

/** How much is stored, and what is spared. */
export function getStorage(reports: StorageReports) {
  return endpoint({
    summary: 'How much is stored, and what is spared',
    answers: { 200: storageReportSchema },
    method: 'get',
    path: '/admin/storage',
    access: 'auditor',
    async handle() {
      return json((await reports.get()) satisfies StorageReport)
    },
  })
}
