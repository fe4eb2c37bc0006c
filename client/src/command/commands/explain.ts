import type { CliCommand } from '../cli-command.ts'
import { exitCodes } from '../exit-codes.ts'
import { askLink } from '../link/ask-link.ts'
import type { PathReport } from '../link/link-methods.ts'
import { parseOptions } from '../parse-options.ts'
import { findPlace } from '../settings/find-link.ts'
import { printable } from '../terminal/style.ts'

export const explain: CliCommand = {
  name: 'explain',
  group: 'watch',
  summary: 'says why a file or folder is not in step',
  synopses: ['<path> [--json]'],
  details: `
Everything that is known to be the reason: a rule that leaves it out, a name that the server refuses, a folder that cannot
be read, a limit of your rights, an error and when it is tried again. Ends with 0 where it is in step, else with 7.

Example: cloudsync explain ~/Team/aux.txt
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      { json: { type: 'boolean', default: false } },
      ['path'],
    )
    return async (context) => {
      const { links, terminal, workingDir } = context
      const { link, path } = await findPlace(await links.list(), positionals[0] ?? '', workingDir)
      const report = await askLink(context, link, 'explain', { path })
      if (values.json) terminal.print(JSON.stringify(report, undefined, 2))
      else {
        const name = terminal.style.bold(printable(report.path === '' ? link.path : report.path))
        terminal.print(`${name}: ${states[report.state]}`)
        const where = report.isHere
          ? report.isOnServer
            ? 'It is here and on the server.'
            : 'It is here and not on the server.'
          : report.isOnServer
            ? 'It is on the server and not here.'
            : undefined
        if (where !== undefined && report.state !== 'in-step') terminal.print(`  ${where}`)
        for (const reason of report.reasons) terminal.print(`  ${printable(reason)}`)
      }
      return report.state === 'in-step' ? exitCodes.done : exitCodes.attention
    }
  },
}

const states: Readonly<Record<PathReport['state'], string>> = {
  'in-step': 'in step',
  'to-do': 'not in step yet',
  waiting: 'waits',
  failing: 'does not go on',
  ignored: 'left out',
  excluded: 'not kept on this machine',
  unknown: 'not known',
}
