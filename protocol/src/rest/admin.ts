import { z } from 'zod'
import { spaceIdSchema } from '../ids.ts'
import { roleSchema } from '../permission-schemas.ts'
import { emailSchema } from './auth.ts'

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
  createdAt: z.iso.datetime(),
  /** People who are members by themselves, not by a group. */
  memberCount: z.int(),
  usedBytes: z.int(),
  /** `null`: no limit. */
  quotaBytes: z.int().nullable(),
})
export type AdminSpace = z.infer<typeof adminSpaceSchema>

/** What is there already may be more than the quota: it stays, and nothing comes in. */
export const patchAdminSpaceRequestSchema = z.strictObject({
  quotaBytes: z.int().min(0).nullable(),
})

/** In which order spaces are listed: the oldest first, by name, the largest first, the fullest first. */
export const spaceOrders = ['created', 'name', 'used', 'full'] as const
export type SpaceOrder = (typeof spaceOrders)[number]

/** An administrator gives somebody else a role in a team space; `owner` too, where it would be nobody's otherwise. */
export const putAdminMemberRequestSchema = z.strictObject({ email: emailSchema, role: roleSchema })

/** What holds in new spaces, by the settings of the server. */
export const spaceDefaultsSchema = z.object({
  /** `null`: no limit. */
  quotaBytes: z.int().nullable(),
  trashDays: z.int(),
})
export type SpaceDefaults = z.infer<typeof spaceDefaultsSchema>

/** The keys of the installation, never one of them itself. */
export const installationKeysSchema = z.object({
  /** What tokens are signed with. */
  signingKeys: z.array(
    z.object({
      id: z.string(),
      algorithm: z.string(),
      createdAt: z.string(),
      signsFrom: z.string(),
      /** `next`: published, and signs later; `old`: what it has signed is good for a while yet. */
      state: z.enum(['next', 'current', 'old']),
    }),
  ),
  /** What is stored is sealed with keys that are derived from these, which a master key wraps. */
  dataKeys: z.array(
    z.object({
      id: z.int(),
      createdAt: z.string(),
      isCurrent: z.boolean(),
      masterFingerprint: z.string(),
    }),
  ),
})
export type InstallationKeys = z.infer<typeof installationKeysSchema>
export type SigningKeyItem = InstallationKeys['signingKeys'][number]
