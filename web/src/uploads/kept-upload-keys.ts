import type { UserId } from '@cloudsync/protocol'

/** What this browser remembers of uploads that are not at their end, one entry for each. */
export function keptUploadKey(userId: UserId, id = ''): string {
  return `cloudsync.upload.${userId}.${id}`
}

export function listKeptUploadKeys(userId: UserId): string[] {
  const prefix = keptUploadKey(userId)
  return Object.keys(localStorage).filter((key) => key.startsWith(prefix))
}

/** For a person who leaves this device. */
export function forgetKeptUploads(userId: UserId): void {
  for (const key of listKeptUploadKeys(userId)) localStorage.removeItem(key)
}
