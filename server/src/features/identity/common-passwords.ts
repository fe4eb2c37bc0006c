import { passwordSchema } from '@cloudsync/protocol'
import { ProblemError } from '#platform/problem-error.ts'

let common: Promise<ReadonlySet<string>> | undefined

/**
 * Throws `password_too_common` for one of those that are guessed first (NIST SP 800-63B §3.1.1.2). The list
 * is read when the first password is chosen.
 */
export async function refuseCommonPassword(password: string): Promise<void> {
  common ??= readCommonPasswords()
  if ((await common).has(password.toLowerCase())) throw new ProblemError('password_too_common')
}

/** Those that are long enough to be chosen at all. */
async function readCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  const listed = dictionary['passwords-common'] as readonly string[]
  return new Set(listed.filter((password) => passwordSchema.safeParse(password).success))
}
