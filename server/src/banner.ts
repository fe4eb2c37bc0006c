import type { FirstAccountState } from '#features/identity/index.ts'

/** What to tell the person who started a server. */
export function banner(url: string, firstAccount: FirstAccountState): string {
  const lines = [`CloudSync is ready at ${url}`]
  if (firstAccount.kind === 'link')
    lines.push(
      '',
      'Nobody has an account yet. Make the first one here (the link works once):',
      `  ${url}/setup#${firstAccount.token}`,
    )
  return `\n${lines.join('\n')}\n\n`
}
