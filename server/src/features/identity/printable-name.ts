import { displayNameSchema, printable } from '@cloudsync/protocol'

export const printableNameSchema = printable(displayNameSchema)
