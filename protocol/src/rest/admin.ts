import { z } from 'zod'
import { spaceIdSchema } from '../ids.ts'

/** `GET /admin/storage`, for administrators. Sizes are in bytes. */
export const storageReportSchema = z.object({
  /** Of all versions of all files, as people count them. */
  versionBytes: z.number(),
  /** Of the pieces that they are made of, each counted once. */
  chunkBytes: z.number(),
  /** The same, compressed and sealed. */
  sealedBytes: z.number(),
  /** Of the objects in the store, with what nothing names any more. */
  packBytes: z.number(),
  packs: z.number(),
  chunks: z.number(),
  damagedChunks: z.number(),
  /** How many times less is stored because equal pieces are stored once. */
  dedupRatio: z.number(),
  /** How many times less is stored because it is compressed. */
  compressionRatio: z.number(),
  /** When it was counted; at most a minute ago. */
  countedAt: z.string(),
})
export type StorageReport = z.infer<typeof storageReportSchema>

/** A space as administrators see it, members or not. */
export const adminSpaceSchema = z.object({
  id: spaceIdSchema,
  name: z.string(),
  kind: z.enum(['personal', 'team']),
  usedBytes: z.int(),
  /** `null`: no limit. */
  quotaBytes: z.int().nullable(),
})
export type AdminSpace = z.infer<typeof adminSpaceSchema>

/** What is there already may be more than the quota: it stays, and nothing comes in. */
export const patchAdminSpaceRequestSchema = z.strictObject({
  quotaBytes: z.int().min(0).nullable(),
})
