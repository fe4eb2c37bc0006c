import type { Space } from '@cloudsync/protocol'
import type { TestCaller } from '../../../../testing/test-caller.ts'

/** What a space holds, and may hold. */
export async function usageOf(caller: TestCaller, spaceId: string): Promise<number> {
  return (await caller.get<Space>(`/spaces/${spaceId}`)).usedBytes
}

export async function setQuota(
  admin: TestCaller,
  spaceId: string,
  quotaBytes: number | null,
): Promise<void> {
  await admin.patch(`/admin/spaces/${spaceId}`, { quotaBytes })
}

/** Bytes that are no text. */
export function bytesOf(sizeBytes: number, fill = 0): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sizeBytes).fill(fill, 1)
}
