import { z } from 'zod'
import { nodeIdSchema, sha256Schema } from '../ids.ts'
import { fileModeSchema, ifTakenSchema } from './nodes.ts'

/**
 * The SHA-256 of the whole, if the client knows it, as a hash in hex. Who may read the same content already has it
 * in the file at once, without a byte; for everybody else an upload begins, whose bytes must have the hash.
 */
export const announcedContentSchema = z.object({ sha256: sha256Schema.optional() })

/**
 * What `Upload-Metadata` says of an upload by tus whose bytes are to be a new file. Nobody can be asked when
 * the last byte has come, so a taken name gives a derived one unless `ifTaken` is `fail`. Other keys, such as
 * `filetype`, are kept and decide nothing.
 */
export const newFileMetadataSchema = announcedContentSchema.extend({
  parentId: nodeIdSchema,
  filename: z.string(),
  /** Names the file before it is there, so that an upload that is begun twice makes one. */
  id: nodeIdSchema.optional(),
  ifTaken: ifTakenSchema.default('rename'),
  mode: fileModeSchema.optional(),
})

/** As above, of an upload whose bytes are for a file that is there; `ifMatch` is the `If-Match` of a `PUT`. */
export const replacedFileMetadataSchema = announcedContentSchema.extend({
  nodeId: nodeIdSchema,
  ifMatch: z.string().optional(),
})
