import { z } from 'zod'
import { nodeIdSchema, spaceIdSchema, userIdSchema } from '../ids.ts'
import { roleSchema } from '../permission-schemas.ts'
import { emailSchema } from './auth.ts'

export const spaceSchema = z.object({
  id: spaceIdSchema,
  name: z.string(),
  rootId: nodeIdSchema,
  kind: z.enum(['personal', 'team']),
  /** The caller's role. */
  role: roleSchema,
  /** The last change of the space; where to follow its change feed from. */
  seq: z.int(),
  conflictPolicy: z.enum(['last_write_wins', 'ask']),
  /** How long the trash keeps what is in it. */
  trashDays: z.int(),
  /**
   * What is in it: contents, kept versions and the history of texts, also of what lies in the trash. The
   * same bytes count wherever they are, however often they are stored.
   */
  usedBytes: z.int(),
  /** `null`: no limit. */
  quotaBytes: z.int().nullable(),
})
export type Space = z.infer<typeof spaceSchema>

export const createSpaceRequestSchema = z.strictObject({ name: z.string().trim().min(1).max(80) })

export const patchSpaceRequestSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(80).optional(),
    conflictPolicy: z.enum(['last_write_wins', 'ask']).optional(),
    trashDays: z.int().min(1).max(3650).optional(),
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), 'Nothing to change')

export const memberSchema = z.object({
  userId: userIdSchema,
  name: z.string(),
  email: z.string(),
  color: z.string(),
  role: roleSchema,
})
export type Member = z.infer<typeof memberSchema>

/** `owner` cannot be given; the owner of a space is who made it. */
export const putMemberRequestSchema = z.strictObject({
  email: emailSchema,
  role: roleSchema.exclude(['owner']),
})
