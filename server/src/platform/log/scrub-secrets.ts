const hidden = '[Redacted]'

/** Fields whose values are nobody's business, however they are written: `accessToken`, `access_token`, `set-cookie`. */
const secretField =
  /^(.*(password|passwd|secret|credentials?|privatekey|masterkey|recoverycodes?)(hash)?|(access|refresh|id|session|setup|reset|invite)?tokens?|tickets?|authorization|(set)?cookies?|totp|otp|apikey)$/

const maxDepth = 5

/** The same object without the values of secret fields, as far down as anybody logs. */
export function hideSecretFields(
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return hideIn(fields, maxDepth) as Record<string, unknown>
}

function hideIn(value: unknown, depth: number): unknown {
  if (depth === 0 || !isPlain(value)) return value
  if (Array.isArray(value)) return value.map((item) => hideIn(item, depth - 1))
  const entries = Object.entries(value).map(([name, member]) => [
    name,
    isSecret(name) && member !== undefined ? hidden : hideIn(member, depth - 1),
  ])
  return Object.fromEntries(entries) as unknown
}

/** Errors and other objects have serializers of their own. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function isSecret(name: string): boolean {
  return secretField.test(name.replaceAll(/[-_]/g, '').toLowerCase())
}

/** JSON Web Tokens, which tickets are too; credentials of headers in any form; session cookies; those in URLs. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, hidden],
  [/\b(cs_session\w*=)[\w-]+/g, `$1${hidden}`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${hidden}`],
  [/([?&](?:\w*token|ticket|code|secret|password|sig(?:nature)?)=)[^&\s"\\]+/gi, `$1${hidden}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"\\]*:)[^\s/@"\\]+@/gi, `$1${hidden}@`],
]

const mayHoldOne = /eyJ|cs_session|bearer|basic|[?&]\w+=|:\/\//i

/** The last wall: a line of the log without what looks like a secret, wherever in it that may be. */
export function scrubSecrets(line: string): string {
  if (!mayHoldOne.test(line)) return line
  return patterns.reduce((text, [pattern, by]) => text.replace(pattern, by), line)
}
