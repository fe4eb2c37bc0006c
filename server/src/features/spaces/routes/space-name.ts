import { createSpaceRequestSchema, printable } from '@cloudsync/protocol'

export const spaceNameSchema = printable(createSpaceRequestSchema.shape.name)
