import {
  createNodeRequestSchema,
  createVersionRequestSchema,
  type ErrorCode,
  fileBatchSchema,
  nodeIdSchema,
  pageQuerySchema,
  printable,
  renameVersionRequestSchema,
} from '@cloudsync/protocol'
import { z } from 'zod'

/** Of a version: fits the column. */
const versionNumberSchema = z.coerce.number().int().min(1).max(2_147_483_647)

export const nodeParams = z.object({ id: nodeIdSchema })
export const conflictParams = z.object({ id: z.uuid() })
export const versionParams = z.object({ id: nodeIdSchema, number: versionNumberSchema })
/** A cursor is the number of the last version that was seen. */
export const versionPageQuery = pageQuerySchema.extend({ cursor: versionNumberSchema.optional() })

const printableText = printable(z.string())
const isPrintable = ({ name }: { readonly name: string | null }) =>
  name === null || printableText.safeParse(name).success
const notPrintable = { path: ['name'], message: 'Control characters cannot be used' }

export const newVersionBody = createVersionRequestSchema.refine(isPrintable, notPrintable)
export const versionNameBody = renameVersionRequestSchema.refine(isPrintable, notPrintable)

const file = z.string().meta({ format: 'binary' })

/** A form that makes a file, as a browser sends it. */
export const newFileFormSchema = createNodeRequestSchema.omit({ kind: true }).extend({ file })
/** A form that makes many: the list as JSON, then as many parts. */
export const fileBatchFormSchema = z.object({ files: fileBatchSchema, file: z.array(file) })

/** What reading a content may come to. */
export const readProblems = [
  'not_found',
  'trashed',
  'bad_request',
  'not_text',
  'range_not_satisfiable',
] as const satisfies readonly ErrorCode[]

/** What a change of the tree may come to. */
export const treeProblems = [
  'bad_request',
  'not_found',
  'forbidden',
  'trashed',
  'invalid_name',
  'invalid_mode',
  'name_taken',
  'id_taken',
  'would_cycle',
  'too_deep',
  'tree_conflict',
  'precondition_failed',
  'too_large',
  'quota_exceeded',
] as const satisfies readonly ErrorCode[]

/** What bytes that come in may come to. */
export const contentProblems = [
  'bad_request',
  'not_found',
  'forbidden',
  'trashed',
  'not_text',
  'invalid_link',
  'too_large',
  'unsupported_media_type',
  'hash_mismatch',
  'precondition_failed',
  'content_conflict',
  'quota_exceeded',
  'storage_full',
] as const satisfies readonly ErrorCode[]
