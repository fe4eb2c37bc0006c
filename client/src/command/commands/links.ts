import type { CliCommand } from '../cli-command.ts'
import { parseOptions } from '../parse-options.ts'
import { formatTable } from '../terminal/columns.ts'
import { printable } from '../terminal/style.ts'

export const links: CliCommand = {
  name: 'links',
  group: 'watch',
  summary: 'lists the linked folders',
  synopses: ['[--json]'],
  details: `
Each folder of this machine that is linked, with what it is linked to, and whether it is paused.
`,
  parse(args) {
    const { values } = parseOptions(args, { json: { type: 'boolean', default: false } })
    return async ({ links: linkFiles, terminal }) => {
      const all = await linkFiles.list()
      if (values.json) {
        terminal.print(JSON.stringify(all, undefined, 2))
        return
      }
      if (all.length === 0) {
        terminal.note('No folder is linked yet; link one by: cloudsync link <dir> <space>')
        return
      }
      const rows = all.map(({ path, title, server, isPaused }) => [
        printable(path),
        '↔',
        terminal.style.bold(printable(title)),
        terminal.style.dim(`at ${server}`),
        isPaused ? terminal.style.yellow('paused') : '',
      ])
      for (const line of formatTable(rows)) terminal.print(line)
    }
  },
}
