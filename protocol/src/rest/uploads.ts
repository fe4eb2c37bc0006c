import { z } from 'zod'
import { nodeIdSchema } from '../ids.ts'
import { ifTakenSchema } from './nodes.ts'

/**
 * What `Upload-Metadata` says of an upload by tus whose bytes are to be a new file. Nobody can be asked when
 * the last byte has come, so a taken name gives a derived one unless `ifTaken` is `fail`. Other keys, such as
 * `filetype`, are kept and decide nothing.
 */
export const newFileMetadataSchema = z.object({
  parentId: nodeIdSchema,
  filename: z.string(),
  ifTaken: ifTakenSchema.default('rename'),
})

/** As above, of an upload whose bytes are for a file that is there; `ifMatch` is the `If-Match` of a `PUT`. */
export const replacedFileMetadataSchema = z.object({
  nodeId: nodeIdSchema,
  ifMatch: z.string().optional(),
})
