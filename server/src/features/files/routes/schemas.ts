import {
  createVersionRequestSchema,
  nodeIdSchema,
  pageQuerySchema,
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

/** Neither PostgreSQL (NUL) nor a screen has a use for control characters and halves of characters. */
const isPrintable = ({ name }: { readonly name: string | null }) =>
  name === null || /^[^\p{Cc}\p{Cs}]*$/u.test(name)
const notPrintable = { path: ['name'], message: 'Control characters cannot be used' }

export const newVersionBody = createVersionRequestSchema.refine(isPrintable, notPrintable)
export const versionNameBody = renameVersionRequestSchema.refine(isPrintable, notPrintable)
