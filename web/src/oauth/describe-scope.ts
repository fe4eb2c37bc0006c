import type { OAuthScope } from '@cloudsync/protocol'

const sentences: Readonly<Record<OAuthScope, string>> = {
  openid: 'Know that it is you',
  profile: 'See your name',
  email: 'See your e-mail address',
  'account:read': 'See your profile and the settings of your account',
  'files:read': 'See and download every file that you can open',
  'files:write': 'Create, change and delete files wherever you may',
  'spaces:manage': 'Create spaces, and change their settings and members',
  admin: 'Administer this installation: its accounts, its apps and its storage',
}

/** In the order in which they are shown. */
export const allScopes = Object.keys(sentences) as readonly OAuthScope[]

/** What an app may do with a scope, in words for a person. */
export function describeScope(scope: OAuthScope): string {
  return sentences[scope]
}
