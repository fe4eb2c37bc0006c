import { z } from 'zod'
import {
  customRoleIdSchema,
  grantIdSchema,
  groupIdSchema,
  nodeIdSchema,
  userIdSchema,
} from '../ids.ts'
import { printable } from '../hidden-characters.ts'
import { permissionSchema, roleSchema } from '../permission-schemas.ts'
import { permissions } from '../permissions.ts'
import { emailSchema } from './auth.ts'

/** Who has a grant. A link is known by its id alone. */
export const grantSubjectSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('user'), id: userIdSchema, name: z.string() }),
  z.object({ kind: z.literal('group'), id: groupIdSchema, name: z.string() }),
  z.object({ kind: z.literal('link'), id: z.string(), name: z.string() }),
])
export type GrantSubject = z.infer<typeof grantSubjectSchema>

/** A role for somebody on a node and on what lies below it. */
export const grantSchema = z.object({
  id: grantIdSchema,
  nodeId: nodeIdSchema,
  subject: grantSubjectSchema,
  /** Of a custom role: what it counts as for clients that know only these. */
  role: roleSchema,
  customRoleId: customRoleIdSchema.nullable(),
  createdBy: z.object({ id: userIdSchema, name: z.string() }).nullable(),
  createdAt: z.iso.datetime(),
  /** `null`: until it is taken back. */
  expiresAt: z.iso.datetime().nullable(),
})
export type Grant = z.infer<typeof grantSchema>

const grantTerms = {
  role: roleSchema.optional(),
  customRoleId: customRoleIdSchema.optional(),
  expiresAt: z.iso.datetime().nullable().optional(),
}

/**
 * Gives somebody a role on a node, or another one than they have there. `owner` is given on the root of a
 * space only, by an owner, to a person, and does not expire.
 */
export const putGrantRequestSchema = z
  .strictObject({
    subject: z.union([
      z.strictObject({ kind: z.literal('user'), id: userIdSchema }),
      z.strictObject({ kind: z.literal('user'), email: emailSchema }),
      z.strictObject({ kind: z.literal('group'), id: groupIdSchema }),
    ]),
    ...grantTerms,
  })
  .refine(
    ({ role, customRoleId }) => (role === undefined) !== (customRoleId === undefined),
    'Name either a role or a custom role',
  )
export type PutGrantRequest = z.infer<typeof putGrantRequestSchema>

/** `false`: a private folder, on which what holds above does not count but for the owners of the space. */
export const putInheritanceRequestSchema = z.strictObject({ inherits: z.boolean() })

/** What the caller may do with a node, and why. */
export const nodeAccessSchema = z.object({
  nodeId: nodeIdSchema,
  role: roleSchema,
  permissions: z.array(permissionSchema),
  inherits: z.boolean(),
  sources: z.array(
    z.object({
      grantId: grantIdSchema,
      /** Of the node that it is on; `null` for one that the caller may not see. */
      nodeId: nodeIdSchema.nullable(),
      subject: z.enum(['user', 'group', 'link']),
      role: roleSchema,
      /** What is left of the role: never more than its maker has. */
      permissions: z.array(permissionSchema),
      expiresAt: z.iso.datetime().nullable(),
    }),
  ),
})
export type NodeAccessReport = z.infer<typeof nodeAccessSchema>

const nameSchema = printable(z.string().trim().min(1).max(80))

/** People who are given roles together. */
export const groupSchema = z.object({ id: groupIdSchema, name: z.string(), memberCount: z.int() })
export type Group = z.infer<typeof groupSchema>
export const groupRequestSchema = z.strictObject({ name: nameSchema })

export const groupMemberSchema = z.object({
  userId: userIdSchema,
  name: z.string(),
  email: z.string(),
})
export type GroupMember = z.infer<typeof groupMemberSchema>

/** A role beside the built-in ones, for the whole installation. */
export const customRoleSchema = z.object({
  id: customRoleIdSchema,
  name: z.string(),
  permissions: z.array(permissionSchema),
  /** The built-in role that clients take it for which know only these. */
  countsAs: roleSchema,
})
export type CustomRole = z.infer<typeof customRoleSchema>

/** Whoever has a role at all may read; nobody owns a space by a custom role. */
export const customRoleRequestSchema = z.strictObject({
  name: nameSchema,
  permissions: z
    .array(permissionSchema.exclude(['space.own']))
    .max(permissions.length)
    .refine((list) => list.includes('node.read'), 'A role includes node.read'),
  countsAs: roleSchema.exclude(['owner']),
})
export type CustomRoleRequest = z.infer<typeof customRoleRequestSchema>
