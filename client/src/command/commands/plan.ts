import type { CliCommand } from '../cli-command.ts'
import { exitCodes } from '../exit-codes.ts'
import { askLink } from '../link/ask-link.ts'
import { describeDeed } from '../link/describe-deed.ts'
import { describeWait } from '../link/describe-wait.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink } from '../settings/find-link.ts'
import type { WaitReason } from '../../sync/model/plan.ts'
import { count } from '../terminal/amounts.ts'
import { formatTable } from '../terminal/columns.ts'
import { printable } from '../terminal/style.ts'

export const plan: CliCommand = {
  name: 'plan',
  group: 'watch',
  summary: 'shows what would be done, and does nothing',
  synopses: ['[dir] [--json]'],
  details: `
A dry run. Where nothing runs it looks at both sides first; with a running link, pause that to see what it would do.
↑ goes to the server, ↓ comes from it.

Example: cloudsync pause && cloudsync plan
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      { json: { type: 'boolean', default: false } },
      ['dir?'],
    )
    return async (context) => {
      const { links, terminal, workingDir } = context
      const link = await findLink(await links.list(), positionals[0], workingDir)
      const report = await askLink(context, link, 'plan', {})
      if (values.json) {
        terminal.print(JSON.stringify(report, undefined, 2))
        return
      }
      const rows = report.steps.map(({ operation, path, from }) => [
        describeDeed(operation),
        printable(path),
        from === undefined ? '' : terminal.style.dim(`from ${printable(from)}`),
      ])
      for (const line of formatTable(rows)) terminal.print(line)
      if (report.stepCount > rows.length)
        terminal.print(`and ${count(report.stepCount - rows.length, 'more step')}`)
      for (const { path, reason } of report.waiting)
        terminal.print(`  ${printable(path)} waits: ${describeWait(reason as WaitReason)}`)
      for (const { side, files, filesInAll } of report.held)
        terminal.print(
          `held: ${count(files, 'file')} of ${filesInAll} would be deleted ${side === 'remote' ? 'on the server' : 'here'}`,
        )
      if (report.stepCount === 0 && report.held.length === 0)
        terminal.note('Nothing is to be done.')
      return exitCodes.done
    }
  },
}
