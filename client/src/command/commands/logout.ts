import { isSignedOut, NetworkError } from '../../sdk/index.ts'
import type { CliCommand } from '../cli-command.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-codes.ts'
import { tellSignedIn } from '../link/ask-link.ts'
import { parseOptions } from '../parse-options.ts'
import { parseServerAddress } from '../settings/server-address.ts'

export const logout: CliCommand = {
  name: 'logout',
  group: 'start',
  summary: 'signs out of a server',
  synopses: ['[url]'],
  details: `
Ends the sign-in on the server and forgets it here. Links and files stay; they are synced again after the next login.
A personal access token is forgotten here and stays good: revoke it in the web app.
`,
  parse(args) {
    const { positionals } = parseOptions(args, {}, ['url?'])
    const [address] = positionals
    const asked = address === undefined ? undefined : parseServerAddress(address)
    return async (context) => {
      const { sessions, terminal } = context
      const server = await sessions.findServer(asked)
      const credential = await sessions.credentials.find(server)
      if (!credential)
        throw new CommandError(`Nobody is signed in to ${server}`, exitCodes.notSignedIn)
      const client = await sessions.open(server)
      try {
        await client.signOut()
      } catch (error) {
        if (!(error instanceof NetworkError) && !isSignedOut(error)) throw error
        if (error instanceof NetworkError)
          terminal.note(
            'The server cannot be reached, so there the sign-in stands: end it at Profile and security.',
          )
      }
      await sessions.credentials.remove(server)
      await tellSignedIn(context, server)
      terminal.print(`Signed out of ${server}.`)
    }
  },
}
