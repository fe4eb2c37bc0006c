import { z } from 'zod'
import { sessionIdSchema, userIdSchema } from '../ids.ts'
import { displayNameSchema, emailSchema } from './auth.ts'

export const adminUserSchema = z.object({
  id: userIdSchema,
  email: z.string(),
  name: z.string(),
  color: z.string(),
  kind: z.enum(['person', 'service']),
  isAdmin: z.boolean(),
  /** Reads what administrators read, and changes nothing. */
  isAuditor: z.boolean(),
  isDeactivated: z.boolean(),
  hasTotp: z.boolean(),
  hasPasskeys: z.boolean(),
  createdAt: z.string(),
  lastSeenAt: z.string().nullable(),
})
export type AdminUser = z.infer<typeof adminUserSchema>
export const patchAdminUserRequestSchema = z
  .strictObject({
    isDeactivated: z.boolean().optional(),
    isAdmin: z.boolean().optional(),
    isAuditor: z.boolean().optional(),
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), 'Nothing to change')

/** Which accounts to list. */
export const accountFilters = ['administrators', 'auditors', 'services', 'deactivated'] as const
export type AccountFilter = (typeof accountFilters)[number]

/** Where somebody is signed in, or a token, as administrators see it. */
export const adminSessionSchema = z.object({
  id: sessionIdSchema,
  userId: userIdSchema,
  userName: z.string(),
  userEmail: z.string(),
  kind: z.enum(['sign_in', 'token']),
  /** Of a token that somebody gave a name. */
  tokenName: z.string().nullable(),
  /** Of the app that has the token. */
  appName: z.string().nullable(),
  userAgent: z.string(),
  network: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string(),
  /** It is the one that asks. */
  isCurrent: z.boolean(),
})
export type AdminSession = z.infer<typeof adminSessionSchema>

/** A link that works once; whoever has it is let in, so it is told this once. */
export const secretLinkSchema = z.object({ link: z.string(), expiresAt: z.string() })
export type SecretLink = z.infer<typeof secretLinkSchema>

export const createInvitationRequestSchema = z.strictObject({ email: emailSchema })
export const invitationSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  state: z.enum(['open', 'accepted', 'revoked', 'expired']),
  /** The name of who invited. */
  invitedBy: z.string().nullable(),
  createdAt: z.string(),
  expiresAt: z.string(),
})
export type Invitation = z.infer<typeof invitationSchema>
export const createdInvitationSchema = invitationSchema.extend({ link: z.string() })
export type CreatedInvitation = z.infer<typeof createdInvitationSchema>

/** `closed`: only who is invited has an account; `domains`: whose address is of one of these too. */
export const signUpPolicySchema = z.strictObject({
  mode: z.enum(['closed', 'open', 'domains']),
  domains: z
    .array(
      z
        .string()
        .trim()
        .toLowerCase()
        .max(253)
        .regex(
          /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/,
          'No domain',
        ),
    )
    .max(100),
})
export type SignUpPolicy = z.infer<typeof signUpPolicySchema>

/** Of whom two factors are demanded; services sign in with no password, and are not meant. */
export const secondFactorPolicySchema = z.strictObject({
  demandedOf: z.enum(['nobody', 'administrators', 'everybody']),
})
export type SecondFactorPolicy = z.infer<typeof secondFactorPolicySchema>

export const createServiceAccountRequestSchema = z.strictObject({ name: displayNameSchema })

/** A mail that went nowhere, where the mailbox for development is on. */
export const mailboxItemSchema = z.object({
  id: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  sentAt: z.string(),
})
export type MailboxItem = z.infer<typeof mailboxItemSchema>
