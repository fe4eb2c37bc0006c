import { z } from 'zod'

/** What a personal access token may be allowed. Each is within what its account may do. */
export const tokenScopes = [
  'account:read',
  'files:read',
  'files:write',
  'spaces:manage',
  'admin',
] as const
export const tokenScopeSchema = z.enum(tokenScopes)
export type TokenScope = z.infer<typeof tokenScopeSchema>
