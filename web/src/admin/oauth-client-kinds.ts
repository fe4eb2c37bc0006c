import type { OAuthClient } from '@cloudsync/protocol'

interface ClientKind {
  readonly label: string
  readonly hint: string
}

/** What apps there are, in words for an administrator. */
export const clientKinds: Readonly<Record<OAuthClient['kind'], ClientKind>> = {
  web: {
    label: 'Has a server',
    hint: 'There it keeps a secret, by which it proves that it is the app.',
  },
  browser: {
    label: 'A page without a server',
    hint: 'It has no secret. It gets tokens on the sites that it redirects to.',
  },
  native: {
    label: 'On people’s own machines',
    hint: 'It has no secret. It may listen on any port of 127.0.0.1, and show a code to type here.',
  },
}
