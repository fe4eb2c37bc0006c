import type { CliCommand } from '../cli-command.ts'
import { exitCodes } from '../exit-codes.ts'
import { compareSides, type Difference } from '../link/compare-sides.ts'
import { openDisk } from '../link/link-parts.ts'
import { nameRulesOf } from '../link/name-rules.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink } from '../settings/find-link.ts'
import { count, formatBytes } from '../terminal/amounts.ts'
import { printable } from '../terminal/style.ts'

export const verify: CliCommand = {
  name: 'verify',
  group: 'watch',
  summary: 'proves that both sides hold the same bytes',
  synopses: ['[dir] [--download] [--json]'],
  details: `
Reads every file of the folder anew, asks the server for all that it has, and compares names and SHA-256. It trusts
nothing that was noted while syncing. Live texts are fetched and compared byte by byte; other files by the hash that the
server holds. Ends with 0 where all is the same, with 7 where something differs; what changes while it looks may differ.

  --download    fetches the bytes of all files from the server and hashes them, too
  --json        for programs

Example: cloudsync verify ~/Team
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      {
        download: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      ['dir?'],
    )
    return async (context) => {
      const { links, sessions, terminal, workingDir } = context
      const link = await findLink(await links.list(), positionals[0], workingDir)
      const client = await sessions.open(link.server)
      const disk = await openDisk(link)
      const result = await compareSides({
        disk,
        client,
        link,
        toDisk: nameRulesOf(disk.traits).toDisk,
        holdsLinks: disk.traits.hasSymlinks,
        isDownloading: values.download,
        onProgress: ({ files, bytes }) => {
          if (terminal.isInteractive && !values.json)
            terminal.redraw([`${count(files, 'file')} compared, ${formatBytes(bytes)}`])
        },
      })
      if (terminal.isInteractive && !values.json) terminal.redraw([])
      if (values.json) terminal.print(JSON.stringify(result, undefined, 2))
      else {
        for (const difference of result.differences)
          terminal.print(`${printable(difference.path)}: ${differences[difference.kind]}`)
        const seen = `${count(result.files, 'file')} and ${count(result.folders, 'folder')}, ${formatBytes(result.bytes)}`
        terminal.print(
          result.differences.length === 0
            ? `${terminal.style.green('The same')} on both sides: ${seen}.`
            : `${terminal.style.red(count(result.differences.length, 'difference'))} in ${seen}.`,
        )
        if (result.leftOut > 0)
          terminal.note(
            `${count(result.leftOut, 'item is', 'items are')} not synced; cloudsync explain <path> tells why.`,
          )
      }
      return result.differences.length === 0 ? exitCodes.done : exitCodes.attention
    }
  },
}

const differences: Readonly<Record<Difference['kind'], string>> = {
  'only-here': 'is only here',
  'name-refused': 'is only here, as the server takes no such name',
  'only-on-server': 'is only on the server',
  content: 'holds other bytes here than on the server',
  kind: 'is of another kind here than on the server: a folder, a file or a symbolic link',
  mode: 'is executable on one side and not on the other',
  changing: 'changed while it was read; verify again',
  unreadable: 'cannot be read here',
}
