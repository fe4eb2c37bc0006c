import { z } from 'zod'
import { sessionIdSchema, userIdSchema } from '../ids.ts'
import { displayNameSchema, emailSchema, passwordSchema } from './auth.ts'
import { tokenScopeSchema } from './scopes.ts'

/** Secrets of links and challenges: random, and of no meaning by themselves. */
const secretSchema = z
  .string()
  .max(128)
  .regex(/^[\x20-\x7e]+$/)
/** As authenticators make them (base64url). */
export const passkeyIdSchema = z
  .string()
  .max(2048)
  .regex(/^[\w-]+$/)
const passwordTypedSchema = z.string().max(256)

/** `GET /auth/sign-up`: whether anybody may make an account, and for which addresses. */
export const signUpStateSchema = z.object({
  isOpen: z.boolean(),
  /** Empty: of any domain. */
  domains: z.array(z.string()),
})
export type SignUpState = z.infer<typeof signUpStateSchema>

export const emailRequestSchema = z.strictObject({ email: emailSchema })
export const linkRequestSchema = z.strictObject({ token: secretSchema })
/** Whom an invitation, or the link of a sign-up, was sent to. */
export const invitedSchema = z.object({ email: z.string(), invitedBy: z.string().nullable() })
export type Invited = z.infer<typeof invitedSchema>
export const acceptInvitationRequestSchema = z.strictObject({
  token: secretSchema,
  name: displayNameSchema,
  password: passwordSchema,
})
export const resetPasswordRequestSchema = z.strictObject({
  token: secretSchema,
  password: passwordSchema,
  /** Whether apps and tokens of programs are cut off too; not when somebody says so. */
  endsTokens: z.boolean().default(true),
})

export const secondFactors = ['totp', 'recovery_code', 'passkey'] as const
/** Extension members of the problem `second_factor_required`. */
export const secondFactorRequiredSchema = z.object({
  challenge: z.string(),
  expiresInSeconds: z.int(),
  methods: z.array(z.enum(secondFactors)),
})
export type SecondFactorRequired = z.infer<typeof secondFactorRequiredSchema>

/** What a browser's authenticator answers; checked by the library that knows the format (WebAuthn Level 3 §5.1). */
const passkeyResponseSchema = z.looseObject({
  id: z.string().max(2048),
  rawId: z.string().max(2048),
  type: z.literal('public-key'),
  response: z.looseObject({}),
  clientExtensionResults: z.looseObject({}),
})
/** Typed by hand: digits, or a recovery code. */
const codeSchema = z
  .string()
  .max(64)
  .regex(/^[\x20-\x7e]+$/)
/** `code`: of the authenticator app, or one of the recovery codes. */
export const secondFactorRequestSchema = z.union([
  z.strictObject({ challenge: secretSchema, code: codeSchema }),
  z.strictObject({
    challenge: secretSchema,
    passkeyChallenge: secretSchema,
    response: passkeyResponseSchema,
  }),
])
/** With `challenge`: the passkeys of who is half signed in; without: any of this site. */
export const passkeyOptionsRequestSchema = z.strictObject({ challenge: secretSchema.optional() })
/** `options` is a PublicKeyCredential…OptionsJSON for the browser. */
export const passkeyOptionsSchema = z.object({
  challenge: z.string(),
  options: z.looseObject({}),
})
export type PasskeyOptions = z.infer<typeof passkeyOptionsSchema>
export const passkeySignInRequestSchema = z.strictObject({
  challenge: secretSchema,
  response: passkeyResponseSchema,
})

/** `GET /account`, for the account itself. */
export const accountSchema = z.object({
  id: userIdSchema,
  email: z.string(),
  name: z.string(),
  color: z.string(),
  isAdmin: z.boolean(),
  isEmailVerified: z.boolean(),
  hasTotp: z.boolean(),
  passkeyCount: z.int(),
  /** Those that have not been used. */
  recoveryCodeCount: z.int(),
  /** Until when it may change what keeps it safe, without proving again who is there. */
  provenUntil: z.string().nullable(),
  createdAt: z.string(),
})
export type Account = z.infer<typeof accountSchema>
export const patchAccountRequestSchema = z.strictObject({ name: displayNameSchema })
export const proofRequestSchema = z.strictObject({ password: passwordTypedSchema })
export const proofSchema = z.object({ provenUntil: z.string() })
export const putPasswordRequestSchema = z.strictObject({
  password: passwordSchema,
  /** Whether apps and tokens of programs are cut off too; only when somebody says so. */
  endsTokens: z.boolean().default(false),
})

export const sessionSchema = z.object({
  id: sessionIdSchema,
  userAgent: z.string(),
  network: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string(),
  isCurrent: z.boolean(),
})
export type SessionItem = z.infer<typeof sessionSchema>

export const createTokenRequestSchema = z.strictObject({
  name: displayNameSchema,
  scopes: z.array(tokenScopeSchema).min(1).max(10),
  /** `null`: never, which only tokens of services may. */
  expiresInDays: z.int().min(1).max(366).nullable(),
})
export const personalTokenSchema = z.object({
  id: sessionIdSchema,
  name: z.string(),
  /** The last characters of the token. */
  hint: z.string(),
  scopes: z.array(tokenScopeSchema),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  /** To the minute. */
  lastUsedAt: z.string().nullable(),
})
export type PersonalToken = z.infer<typeof personalTokenSchema>
/** `token` is told this once. */
export const createdTokenSchema = personalTokenSchema.extend({ token: z.string() })
export type CreatedToken = z.infer<typeof createdTokenSchema>

/** `uri` is for the authenticator app (otpauth:), `secret` the same for who types it. */
export const totpSetUpSchema = z.object({ uri: z.string(), secret: z.string() })
export type TotpSetUp = z.infer<typeof totpSetUpSchema>
export const totpCodeRequestSchema = z.strictObject({ code: codeSchema })
/** Told this once. */
export const recoveryCodesSchema = z.object({ recoveryCodes: z.array(z.string()) })
export type RecoveryCodes = z.infer<typeof recoveryCodesSchema>

export const passkeySchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
})
export type Passkey = z.infer<typeof passkeySchema>
export const createPasskeyRequestSchema = z.strictObject({
  challenge: secretSchema,
  name: displayNameSchema,
  response: passkeyResponseSchema,
})
export const patchPasskeyRequestSchema = z.strictObject({ name: displayNameSchema })
