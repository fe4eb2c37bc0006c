import { z } from 'zod'
import { nodeIdSchema, spaceIdSchema, userIdSchema } from '../ids.ts'

export const nodeKinds = ['folder', 'text', 'blob'] as const
export const nodeKindSchema = z.enum(nodeKinds)
export type NodeKind = z.infer<typeof nodeKindSchema>

/**
 * What a file is on a disk, as Git has it. A symbolic link is a blob whose bytes are its target (`maxLinkBytes`): made as
 * one, it stays one, and is never followed here.
 */
export const fileModes = ['regular', 'executable', 'symlink'] as const
export const fileModeSchema = z.enum(fileModes)
export type FileMode = z.infer<typeof fileModeSchema>

/** What a target may have at most, in UTF-8; it has at least one byte, and no NUL. */
export const maxLinkBytes = 4096

export const personSchema = z.object({ id: userIdSchema, name: z.string(), color: z.string() })

export const nodeSchema = z.object({
  id: nodeIdSchema,
  spaceId: spaceIdSchema,
  /** `null` for the root folder of a space. */
  parentId: nodeIdSchema.nullable(),
  name: z.string(),
  kind: nodeKindSchema,
  /** `false`: a private folder of others. Its name and kind are all that is told; the times are 1970. */
  isReadable: z.boolean(),
  /** `false`: a private folder; what is granted above it does not count in it. */
  inherits: z.boolean(),
  /** Of the file as it is downloaded; a text's size is that of its last touch. `null` for a folder. */
  sizeBytes: z.int().nullable(),
  mediaType: z.string().nullable(),
  /** `null` for a folder. */
  mode: fileModeSchema.nullable(),
  /** SHA-256 of a blob's bytes, in hex; `null` for folders and live text. */
  sha256: z.string().nullable(),
  /** Whether conflicts of it wait for a person. */
  hasConflicts: z.boolean(),
  /** Its place in the change feed of its space. */
  seq: z.int(),
  createdAt: z.iso.datetime(),
  createdBy: personSchema.nullable(),
  updatedAt: z.iso.datetime(),
  updatedBy: personSchema.nullable(),
  trashedAt: z.iso.datetime().nullable(),
})
export type Node = z.infer<typeof nodeSchema>

/** What to do when the folder has an entry of the name: refuse, or take `name (2).ext` and so on. */
export const ifTakenSchema = z.enum(['fail', 'rename'])

/**
 * `id` lets a client name the node before the server has answered, so that a repeated request makes
 * one node. A file with content is posted as `multipart/form-data` with the fields `parentId`, `name`,
 * `id?`, `ifTaken?`, `mode?` before the part `file`.
 */
export const createNodeRequestSchema = z.strictObject({
  parentId: nodeIdSchema,
  name: z.string(),
  kind: nodeKindSchema,
  id: nodeIdSchema.optional(),
  ifTaken: ifTakenSchema.optional(),
  /** Of a file; `regular` when it is left out. */
  mode: fileModeSchema.optional(),
})
export type CreateNodeRequest = z.infer<typeof createNodeRequestSchema>

/**
 * Where the caller last saw a node, and under which name, as far as it matters: when somebody has moved
 * or renamed it meanwhile, the folder's conflict policy decides (`last_write_wins`, or `ask`: 409
 * `tree_conflict`, and a conflict to resolve).
 */
export const seenNodeSchema = z.strictObject({
  name: z.string().optional(),
  parentId: nodeIdSchema.optional(),
})

/** The node's `seq` as the caller knows it: when it has another one now, `precondition_failed`, and nothing is done. */
export const ifSeqSchema = z.int().min(0)

/** What a file may be made later: neither is a link made of it, nor a file of a link (`invalid_mode`). */
export const changedModeSchema = z.enum(['regular', 'executable'])

export const patchNodeRequestSchema = z
  .strictObject({
    ifSeq: ifSeqSchema.optional(),
    name: z.string().optional(),
    parentId: nodeIdSchema.optional(),
    seen: seenNodeSchema.optional(),
    ifTaken: ifTakenSchema.optional(),
    /** Of a folder: what holds in it and below; `null` takes what the folder above has. */
    conflictPolicy: z.enum(['last_write_wins', 'ask']).nullable().optional(),
    mode: changedModeSchema.optional(),
  })
  .refine(
    ({ name, parentId, conflictPolicy, mode }) =>
      [name, parentId, conflictPolicy, mode].some((change) => change !== undefined),
    'Nothing to change',
  )

/** A copy of a node, with all that is below it; no bytes are copied. */
export const copyNodeRequestSchema = z.strictObject({
  parentId: nodeIdSchema,
  name: z.string().optional(),
  id: nodeIdSchema.optional(),
  ifTaken: ifTakenSchema.optional(),
})

export const pageQuerySchema = z.object({
  cursor: z.string().max(1024).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})

/** A page of a list; `nextCursor` is `null` on the last one. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() })
}
/** A list that is always answered whole. */
export function wholeListSchema<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.null() })
}
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** The answer to a `PUT` of a text's content over a document that others may be typing in. */
export const putContentResponseSchema = z.object({
  /** The new ETag, without quotes. */
  etag: z.string(),
  /** `merged` when words of others were there that the caller had not seen. */
  outcome: z.enum(['replaced', 'merged', 'unchanged']),
  /** Lines (1-based, of the merged text) that both sides had changed: worth a look. */
  overlaps: z.array(z.object({ fromLine: z.int(), toLine: z.int() })),
})
export type PutContentResponse = z.infer<typeof putContentResponseSchema>
