import { z } from 'zod'
import { personSchema } from './nodes.ts'

/**
 * Why a version was made: at rest after edits, on demand with a name, before something that
 * replaces text, by an upload of bytes, or as the side of a conflict that is not what the file holds.
 */
export const versionReasons = [
  'edit',
  'named',
  'before_restore',
  'before_import',
  'import',
  'upload',
  'conflict',
] as const
export type VersionReason = (typeof versionReasons)[number]

export const versionSchema = z.object({
  number: z.int(),
  name: z.string().nullable(),
  reason: z.enum(versionReasons),
  sizeBytes: z.int(),
  sha256: z.string(),
  createdAt: z.iso.datetime(),
  author: personSchema.nullable(),
  /** Everybody who typed since the version before. */
  contributors: z.array(personSchema),
})
export type Version = z.infer<typeof versionSchema>

export const createVersionRequestSchema = z.strictObject({
  name: z.string().trim().min(1).max(120),
})
export const renameVersionRequestSchema = z.strictObject({
  name: z.string().trim().min(1).max(120).nullable(),
})

/** `to` is a version number, or the current text when left out. */
export const diffQuerySchema = z.object({ to: z.coerce.number().int().min(1).optional() })

export const diffSpanSchema = z.object({ text: z.string(), changed: z.boolean() })
export const diffLineSchema = z.object({
  kind: z.enum(['same', 'added', 'removed']),
  oldLine: z.int().nullable(),
  newLine: z.int().nullable(),
  spans: z.array(diffSpanSchema),
})
export const versionDiffSchema = z.object({
  added: z.int(),
  removed: z.int(),
  hunks: z.array(z.object({ lines: z.array(diffLineSchema) })),
})
export type VersionDiff = z.infer<typeof versionDiffSchema>
