import { passwordSchema } from '@cloudsync/protocol'
import { ProblemError } from '#platform/problem-error.ts'

let common: Promise<ReadonlySet<string>> | undefined

/** What somebody thinks of first who sits before this product, however often and with whatever around it. */
const onlyOurName = /^(?:cloudsync)+$/

/**
 * Throws `password_too_common` for one of those that are guessed first (NIST SP 800-63B §3.1.1.2), and for the name of
 * the product with nothing but digits and signs. The list is read when the first password is chosen.
 */
export async function refuseCommonPassword(password: string): Promise<void> {
  common ??= readCommonPasswords()
  const lower = password.toLowerCase()
  const letters = lower.replaceAll(/\P{L}/gu, '')
  if ((await common).has(lower) || onlyOurName.test(letters))
    throw new ProblemError('password_too_common')
}

/** Those that are long enough to be chosen at all. */
async function readCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  const listed = dictionary['passwords-common'] as readonly string[]
  return new Set(listed.filter((password) => passwordSchema.safeParse(password).success))
}
