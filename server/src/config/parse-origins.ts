import type { z } from 'zod'

/** Origins with commas between them, such as `https://app.example.com,https://localhost:3000`. */
export function parseOrigins(setting: string, context: z.RefinementCtx): string[] {
  const origins = setting
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '')
  for (const origin of origins)
    if (!isOrigin(origin))
      context.addIssue({
        code: 'custom',
        message: `"${origin}" is no origin, such as https://app.example.com`,
      })
  return origins
}

/** Exactly as a browser writes it; `*` and `null` would let everybody in. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { origin, protocol } = new URL(text)
  return origin === text && /^https?:$/.test(protocol)
}
