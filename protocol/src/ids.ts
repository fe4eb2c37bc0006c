import { z } from 'zod'

/** Branded ids: parsed once at the edge, so that inside no id is taken for another. All are UUIDs in lower case. */
const uuid = z.uuid().toLowerCase()

export const userIdSchema = uuid.brand<'UserId'>()
export const spaceIdSchema = uuid.brand<'SpaceId'>()
export const nodeIdSchema = uuid.brand<'NodeId'>()
export const sessionIdSchema = uuid.brand<'SessionId'>()
export const grantIdSchema = uuid.brand<'GrantId'>()
export const groupIdSchema = uuid.brand<'GroupId'>()
export const customRoleIdSchema = uuid.brand<'CustomRoleId'>()

export type UserId = z.infer<typeof userIdSchema>
export type SpaceId = z.infer<typeof spaceIdSchema>
export type NodeId = z.infer<typeof nodeIdSchema>
export type SessionId = z.infer<typeof sessionIdSchema>
export type GrantId = z.infer<typeof grantIdSchema>
export type GroupId = z.infer<typeof groupIdSchema>
export type CustomRoleId = z.infer<typeof customRoleIdSchema>

/** A live document's name on the wire: `text:<nodeId>` or `folder:<nodeId>`. */
export type DocumentName = `text:${NodeId}` | `folder:${NodeId}`

const documentNamePattern = /^(text|folder):([0-9a-f-]{36})$/

export type DocumentRef = { readonly kind: 'text' | 'folder'; readonly nodeId: NodeId }

/** The parts of a document name, or `undefined` when it is none. */
export function parseDocumentName(name: string): DocumentRef | undefined {
  const match = documentNamePattern.exec(name)
  const nodeId = nodeIdSchema.safeParse(match?.[2])
  if (!match || !nodeId.success) return undefined
  return { kind: match[1] as DocumentRef['kind'], nodeId: nodeId.data }
}

export function textDocumentName(nodeId: NodeId): DocumentName {
  return `text:${nodeId}`
}

export function folderDocumentName(nodeId: NodeId): DocumentName {
  return `folder:${nodeId}`
}

const spaceChannelPattern = /^space:([0-9a-f-]{36})$/

/** The channel of a live socket on which a client hears that a space has changed: `space:<spaceId>`. */
export function spaceChannel(spaceId: SpaceId): string {
  return `space:${spaceId}`
}

export function parseSpaceChannel(address: string): SpaceId | undefined {
  return spaceIdSchema.safeParse(spaceChannelPattern.exec(address)?.[1]).data
}

/** SHA-256 in lower-case hex, 64 characters. */
export const sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'Sha256'>()
export type Sha256 = z.infer<typeof sha256Schema>
