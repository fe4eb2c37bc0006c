import {
  createClient,
  isSignedOut,
  MemoryTokenStore,
  signInWithDevice,
  signInWithPassword,
  type StoredTokens,
} from '../../sdk/index.ts'
import type { CliCommand, CliContext } from '../cli-command.ts'
import { CommandError, UsageError } from '../command-error.ts'
import { exitCodes } from '../exit-codes.ts'
import { tellSignedIn } from '../link/ask-link.ts'
import { parseOptions } from '../parse-options.ts'
import { isReadableOnTheWay, parseServerAddress } from '../settings/server-address.ts'
import { signInOf, tokenVariable } from '../settings/server-sessions.ts'
import { formatDuration } from '../terminal/amounts.ts'
import { printable } from '../terminal/style.ts'

type Way =
  | { readonly kind: 'device' }
  | { readonly kind: 'token' }
  | { readonly kind: 'password'; readonly email: string | undefined }

export const login: CliCommand = {
  name: 'login',
  group: 'start',
  summary: 'signs in to a server',
  synopses: ['<url>', '<url> --email [address]', '<url> --token < file'],
  details: `
Shows a code and an address; open that in any browser, sign in there and type the code. With --email it asks for the
password here, and for the code of the second factor. With --token it takes a personal access token (made at Profile
and security, with the scopes files:read, files:write and account:read) from its input or from ${tokenVariable}, never as an
argument, which others could see.

What it gets lies in a file of your configuration that only you may read. Where ${tokenVariable} is set, every command
uses that instead.

  --email     signs in by e-mail and password
  --token     signs in by a personal access token

Example: cloudsync login https://files.example.com
         cloudsync login files.example.com --token < token.txt
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      { token: { type: 'boolean', default: false }, email: { type: 'boolean', default: false } },
      ['url', 'address?'],
    )
    const [address = '', email] = positionals
    if (values.token && values.email) throw new UsageError('Give --token or --email, not both')
    if (email !== undefined && !values.email)
      throw new UsageError(`“${email}” is one argument too many`)
    const server = parseServerAddress(address)
    const way: Way = values.token
      ? { kind: 'token' }
      : values.email
        ? { kind: 'password', email }
        : { kind: 'device' }
    return (context) => signIn(server, way, context)
  },
}

async function signIn(server: string, way: Way, context: CliContext): Promise<void> {
  const { terminal, sessions } = context
  if (isReadableOnTheWay(server))
    terminal.note('Beware: this address is not encrypted; what you send can be read on the way.')
  if (way.kind === 'token') return keepToken(server, context)
  const tokens =
    way.kind === 'device'
      ? await signInByCode(server, context)
      : await signInByPassword(server, way.email, context)
  // Only now may the file of an earlier sign-in be replaced.
  const store = new MemoryTokenStore(tokens)
  const client = createClient({ ...sessions.optionsOf(server), credentials: { tokens: store } })
  const user = await client.me()
  await sessions.credentials.save(signInOf(server, user.email, (await store.load()) ?? tokens))
  await welcome(server, user, context)
}

async function keepToken(server: string, context: CliContext): Promise<void> {
  const { terminal, env, sessions } = context
  if (terminal.canAsk && !env[tokenVariable])
    terminal.note('Paste the token; nothing of it is shown.')
  const token = (
    env[tokenVariable] ??
    (terminal.canAsk ? await terminal.askSecret('Token: ') : await terminal.readInput())
  ).trim()
  if (token === '' || /\s/.test(token))
    throw new CommandError(
      'That is no token: it is one word, made at Profile and security in the web app',
    )
  const client = createClient({
    ...sessions.optionsOf(server),
    credentials: { accessToken: token },
  })
  const user = await client.me().catch((error: unknown) => {
    if (!isSignedOut(error)) throw error
    throw new CommandError(
      'The server does not take this token: it is not whole, was revoked, or has expired; make one at Profile and security in the web app',
      exitCodes.notSignedIn,
      { cause: error },
    )
  })
  const secret = { kind: 'token', token } as const
  await sessions.credentials.save({ version: 1, server, account: user.email, secret })
  await welcome(server, user, context)
}

async function signInByCode(
  server: string,
  { terminal, sessions, signal, now }: CliContext,
): Promise<StoredTokens> {
  const device = await signInWithDevice({
    ...sessions.optionsOf(server),
    tokens: new MemoryTokenStore(),
  })
  terminal.print(`Open  ${terminal.style.bold(device.verificationUrl)}`)
  terminal.print(`and type the code  ${terminal.style.bold(device.userCode)}`)
  terminal.note(
    `Waiting until you have; the code is good for ${formatDuration(device.expiresAt - now())}.`,
  )
  return device.wait(signal)
}

async function signInByPassword(
  server: string,
  asked: string | undefined,
  { terminal, sessions }: CliContext,
): Promise<StoredTokens> {
  if (!terminal.canAsk)
    throw new CommandError(
      'A password can only be typed at a terminal; use --token in scripts',
      exitCodes.usage,
    )
  const email = asked ?? (await terminal.ask('E-mail: '))
  const password = await terminal.askSecret('Password: ')
  const store = new MemoryTokenStore()
  await signInWithPassword({
    ...sessions.optionsOf(server),
    tokens: store,
    email,
    password,
    secondFactor: () => terminal.ask('Code of your authenticator app, or a recovery code: '),
  })
  const tokens = await store.load()
  if (!tokens) throw new CommandError('The server gave no sign-in')
  return tokens
}

async function welcome(
  server: string,
  { name, email }: { readonly name: string; readonly email: string },
  context: CliContext,
): Promise<void> {
  const { terminal, links } = context
  await tellSignedIn(context, server)
  terminal.print(`Signed in to ${server} as ${printable(name)} (${printable(email)}).`)
  if ((await links.list()).length === 0)
    terminal.note('Next, link a folder: cloudsync link <dir> <space>')
}
