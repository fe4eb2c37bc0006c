import { z } from 'zod'

const providerSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be of small letters, digits and hyphens'),
  name: z.string().trim().min(1).max(60),
  issuer: z.url().refine(isTrustworthy, 'must be https, or on this machine'),
  clientId: z.string().min(1),
  clientSecretFile: z.string().min(1).optional(),
  emailDomains: z.array(z.string().toLowerCase()).min(1).optional(),
  accounts: z.enum(['invited', 'anybody']).default('invited'),
})
const providersSchema = z
  .array(providerSchema)
  .refine(
    (providers) => new Set(providers.map(({ id }) => id)).size === providers.length,
    'two have the same id',
  )

export type SignInProviderConfig = z.output<typeof providerSchema> & {
  readonly clientSecretFile: string | undefined
  readonly emailDomains: readonly string[] | undefined
}

/** Reads `OIDC_PROVIDERS`, a JSON list. */
export function parseSignInProviders(
  value: string,
  context: z.RefinementCtx,
): SignInProviderConfig[] {
  const parsed = providersSchema.safeParse(parseJson(value))
  if (parsed.success)
    return parsed.data.map((provider) => ({
      ...provider,
      clientSecretFile: provider.clientSecretFile,
      emailDomains: provider.emailDomains,
    }))
  for (const issue of parsed.error.issues)
    context.addIssue({ code: 'custom', message: `${issue.path.join('.')} ${issue.message}`.trim() })
  return z.NEVER
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

/** What comes from there decides who is let in, so that nobody may change it under way. */
function isTrustworthy(issuer: string): boolean {
  const { protocol, hostname } = new URL(issuer)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
