import { z } from 'zod'
import { nodeIdSchema, spaceIdSchema } from '../ids.ts'
import { pageQuerySchema, personSchema } from './nodes.ts'

export const conflictPolicies = ['last_write_wins', 'ask'] as const
export type ConflictPolicy = (typeof conflictPolicies)[number]

/**
 * `content`: two people replaced the bytes of one file. `move`: a node was moved or renamed by two.
 * `mine` is what the later writer sent, `theirs` what was there already.
 */
export const conflictSchema = z.object({
  id: z.uuid(),
  nodeId: nodeIdSchema,
  spaceId: spaceIdSchema,
  nodeName: z.string(),
  kind: z.enum(['content', 'move']),
  /** For `content`: version numbers. For `move`: where each side wants the node. */
  mine: z.object({
    version: z.int().nullable(),
    parentId: nodeIdSchema.nullable(),
    name: z.string().nullable(),
    by: personSchema.nullable(),
  }),
  theirs: z.object({
    version: z.int().nullable(),
    parentId: nodeIdSchema.nullable(),
    name: z.string().nullable(),
    by: personSchema.nullable(),
  }),
  /** By policy already (`last_write_wins`), by a person, or not yet (`null`). */
  resolution: z.enum(['mine', 'theirs', 'both']).nullable(),
  createdAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
  resolvedBy: personSchema.nullable(),
})
export type Conflict = z.infer<typeof conflictSchema>

/** `GET /conflicts`: the open ones, or all, of a space or of one node; the latest first. */
export const conflictsQuerySchema = pageQuerySchema.extend({
  spaceId: spaceIdSchema.optional(),
  nodeId: nodeIdSchema.optional(),
  state: z.enum(['open', 'all']).default('open'),
})

/** `POST /conflicts/{id}/resolve`. `both` keeps the other side as a file beside it. */
export const resolveConflictRequestSchema = z.strictObject({
  choice: z.enum(['mine', 'theirs', 'both']),
})
