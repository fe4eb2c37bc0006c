import { z } from 'zod'
import { parseOrigins } from './parse-origins.ts'
import { defaultRetention, parseRetention } from './parse-retention.ts'
import { parseSignInProviders } from './parse-sign-in-providers.ts'
import { parseSize } from './parse-size.ts'

/** Every setting, by its variable. A variable that is set to nothing counts as unset. */
const envSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  STORAGE_URL: z
    .string()
    .regex(/^(file|memory|s3|azure|gs):/, 'must begin with file:, memory:, s3:, azure: or gs:')
    .optional(),
  MASTER_KEY_FILE: z.string().optional(),
  BACKUP_WINDOW: z.coerce.number().min(0).max(3_650).default(7),
  DEFAULT_SPACE_QUOTA: z.string().transform(parseSize).optional(),
  MAX_TEAM_SPACES: z.coerce.number().int().min(0).max(1_000_000).default(100),
  TRASH_RETENTION: z.coerce.number().int().min(1).max(3_650).default(30),
  VERSION_RETENTION: z.string().transform(parseRetention).default(defaultRetention),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  AWS_REGION: z.string().optional(),
  AZURE_STORAGE_KEY: z.string().optional(),
  GOOGLE_APPLICATION_CREDENTIALS: z.string().optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  SENDGRID_API_KEY: z.string().optional(),
  MAIL_FROM: z
    .string()
    .regex(
      /^(?:[^\s<>@,]+@[^\s<>@,]+|[^<>@,\p{Cc}]+ <[^\s<>@,]+@[^\s<>@,]+>)$/u,
      'must be one address, or a name and <one>',
    )
    .optional(),
  OIDC_PROVIDERS: z.string().transform(parseSignInProviders).optional(),
  DEV_MAILBOX: z.stringbool().default(false),
  ADMIN_EMAIL: z.email().optional(),
  ADMIN_PASSWORD: z.string().min(10, 'must have at least 10 characters').optional(),
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).max(1_000_000).default(1_000),
  CORS_ORIGINS: z.string().default('').transform(parseOrigins),
  TRUSTED_PROXIES: z.string().default('loopback'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DOCUMENT_MEMORY_MB: z.coerce.number().int().min(16).default(256),
})

export type Env = z.infer<typeof envSchema>

/** One or more settings are wrong; `problems` names each variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The settings are not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** Reads the settings from the environment; throws a `ConfigError` that names all that are wrong. */
export function readEnv(variables: NodeJS.ProcessEnv = process.env): Env {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const result = envSchema.safeParse(set)
  if (result.success) return result.data
  throw new ConfigError(
    result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  )
}
