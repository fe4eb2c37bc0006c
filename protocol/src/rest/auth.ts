import { z } from 'zod'
import { userIdSchema } from '../ids.ts'

export const emailSchema = z.email().max(254).trim().toLowerCase()
/** NIST SP 800-63B §3.1.1.2: length is what counts; no composition rules. */
export const passwordSchema = z.string().min(10).max(256)
export const displayNameSchema = z.string().trim().min(1).max(80)

export const signInRequestSchema = z.strictObject({
  email: z.string().max(254).trim().toLowerCase(),
  password: z.string().max(256),
})
export const tokensSchema = z.object({
  accessToken: z.string(),
  expiresInSeconds: z.int(),
  refreshToken: z.string(),
})
export type Tokens = z.infer<typeof tokensSchema>

export const refreshRequestSchema = z.strictObject({ refreshToken: z.string().max(512) })
export const signOutRequestSchema = z.strictObject({ refreshToken: z.string().max(512).optional() })

/** `token` is the secret of the one-time set-up link. */
export const setUpRequestSchema = z.strictObject({
  token: z.string().max(128),
  email: emailSchema,
  name: displayNameSchema,
  password: passwordSchema,
})
/** Whether the installation still waits for its first account. */
export const setUpStateSchema = z.object({ needed: z.boolean() })

export const meSchema = z.object({
  id: userIdSchema,
  email: z.string(),
  name: z.string(),
  color: z.string(),
  isAdmin: z.boolean(),
  /** Reads what administrators read, and changes nothing. */
  isAuditor: z.boolean(),
  /** They get at nothing else before they have. */
  mustSetUpSecondFactor: z.boolean(),
})
export type Me = z.infer<typeof meSchema>

/** An administrator makes an account for a colleague, who then has a personal space of their own. */
export const createUserRequestSchema = z.strictObject({
  email: emailSchema,
  name: displayNameSchema,
  password: passwordSchema,
})
export const userSchema = z.object({
  id: userIdSchema,
  email: z.string(),
  name: z.string(),
  color: z.string(),
})
export type User = z.infer<typeof userSchema>
