import { z } from 'zod'
import { printable } from '../hidden-characters.ts'
import { tokenScopes } from './scopes.ts'

/** What an app may ask for: who somebody is (OpenID Connect Core §5.4), and what the API allows. */
export const identityScopes = ['openid', 'profile', 'email'] as const
export const oauthScopes = [...identityScopes, ...tokenScopes] as const
export const oauthScopeSchema = z.enum(oauthScopes)
export type OAuthScope = z.infer<typeof oauthScopeSchema>

/** A UUID, or the name of an app of ours; what databases cannot hold is no id. */
export const oauthClientIdSchema = z.string().regex(/^[\w.-]{1,200}$/)

export const clientNameSchema = printable(z.string().trim().min(1).max(100))

/** Without names of people, and without a fragment. */
const redirectForms = [
  /^https:\/\/[^\s/?#@\\]+(?:[/?][^\s#\\]*)?$/,
  // For apps on somebody's own machine; the port of a native app is free (RFC 8252 §7.3).
  /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?(?:[/?][^\s#\\]*)?$/,
  // A scheme of an app's own is named like a domain that it has, the other way round (RFC 8252 §7.1).
  /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:\/[^\s#\\]*$/,
]
export const redirectUriSchema = z
  .string()
  .max(2000)
  .refine(
    (uri) => redirectForms.some((form) => form.test(uri)),
    'must be https, a loopback address, or a scheme of the app',
  )

export const newOAuthClientSchema = z.strictObject({
  name: clientNameSchema,
  /** `web`: it has a server; `native`: it runs on somebody's own machine and can keep no secret. */
  kind: z.enum(['web', 'native', 'browser']),
  /** A `native` client without one signs in by the device flow alone. */
  redirectUris: z.array(redirectUriSchema).max(20),
  scopes: z.array(oauthScopeSchema).min(1),
})
export type NewOAuthClient = z.infer<typeof newOAuthClientSchema>

export const oauthClientSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['web', 'native', 'browser']),
  redirectUris: z.array(z.string()),
  scopes: z.array(oauthScopeSchema),
  /** Who made it: us, an administrator, or itself by dynamic registration. */
  origin: z.enum(['built_in', 'admin', 'registration']),
  createdAt: z.iso.datetime(),
})
export type OAuthClient = z.infer<typeof oauthClientSchema>
/** The secret is told once. Clients that can keep none have none. */
export const createdOAuthClientSchema = oauthClientSchema.extend({
  clientSecret: z.string().nullable(),
})
export type CreatedOAuthClient = z.infer<typeof createdOAuthClientSchema>
export const oauthClientListSchema = z.object({
  items: z.array(oauthClientSchema),
  nextCursor: z.string().nullable(),
})
export const oauthClientPatchSchema = newOAuthClientSchema.omit({ kind: true }).partial()
export type OAuthClientPatch = z.infer<typeof oauthClientPatchSchema>
export const oauthClientSecretSchema = z.object({ clientSecret: z.string() })

export const initialAccessTokenRequestSchema = z.strictObject({
  expiresInSeconds: z
    .int()
    .min(60)
    .max(30 * 86_400)
    .default(86_400),
})
/** The SHA-256 of a token; it opens nothing. */
export const initialAccessTokenIdSchema = z.string().regex(/^[0-9a-f]{64}$/)
/** By which apps register themselves. */
export const initialAccessTokenSchema = z.object({
  id: initialAccessTokenIdSchema,
  createdAt: z.iso.datetime(),
  /** The name of who made it. */
  createdBy: z.string().nullable(),
  expiresAt: z.iso.datetime(),
})
export type InitialAccessToken = z.infer<typeof initialAccessTokenSchema>
/** The token itself is told once. */
export const createdInitialAccessTokenSchema = initialAccessTokenSchema.extend({
  token: z.string(),
})
export type CreatedInitialAccessToken = z.infer<typeof createdInitialAccessTokenSchema>
export const initialAccessTokenListSchema = z.object({
  items: z.array(initialAccessTokenSchema),
  nextCursor: z.string().nullable(),
})

/** What an app asks somebody for. */
export const consentRequestSchema = z.object({
  client: z.object({
    id: z.string(),
    name: z.string(),
    /** Where the answer goes; `null`: to the device that shows the code. */
    redirectHost: z.string().nullable(),
    /** Nobody but the app itself says that it is called so. */
    isVerified: z.boolean(),
  }),
  scopes: z.array(oauthScopeSchema),
  /** They allowed it all before, so that nobody has to be asked. */
  isRemembered: z.boolean(),
})
export type ConsentRequest = z.infer<typeof consentRequestSchema>
export const consentDecisionSchema = z.strictObject({ decision: z.enum(['allow', 'deny']) })
/** Where the browser goes next. */
export const nextLocationSchema = z.object({ location: z.string() })
export type NextLocation = z.infer<typeof nextLocationSchema>

export const userCodeRequestSchema = z.strictObject({ userCode: z.string().min(1).max(32) })
export const userCodeDecisionSchema = userCodeRequestSchema.extend(consentDecisionSchema.shape)

/** An app that somebody has let in; `DELETE /me/grants/:id` ends it. */
export const connectedAppSchema = z.object({
  /** Of the client. */
  id: z.string(),
  name: z.string(),
  scopes: z.array(oauthScopeSchema),
  /** Sign-ins of it that stand: one for each browser, machine or server. */
  connectionCount: z.int(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
})
export type ConnectedApp = z.infer<typeof connectedAppSchema>
export const connectedAppListSchema = z.object({
  items: z.array(connectedAppSchema),
  nextCursor: z.null(),
})

/** A provider by which people sign in here. */
export const signInProviderSchema = z.object({ id: z.string(), name: z.string() })
export type SignInProvider = z.infer<typeof signInProviderSchema>
export const signInProviderListSchema = z.object({
  items: z.array(signInProviderSchema),
  nextCursor: z.null(),
})
export const externalSignInRequestSchema = z.strictObject({
  /** The page to show afterwards, on this site. */
  returnTo: z
    .string()
    .max(2000)
    .regex(/^\/(?![/\\])[^\p{Cc}\\]*$/u, 'must be a path on this site')
    .optional(),
})
/** An account elsewhere by which somebody signs in here. */
export const externalIdentitySchema = z.object({
  id: z.uuid(),
  providerName: z.string(),
  email: z.string().nullable(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
})
export type ExternalIdentity = z.infer<typeof externalIdentitySchema>
export const externalIdentityListSchema = z.object({
  items: z.array(externalIdentitySchema),
  nextCursor: z.null(),
})
