import type { CliCommand } from '../cli-command.ts'
import { askLink } from '../link/ask-link.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink } from '../settings/find-link.ts'
import { count } from '../terminal/amounts.ts'

export const approve: CliCommand = {
  name: 'approve',
  group: 'watch',
  summary: 'lets a held mass deletion go on, or takes it back',
  synopses: ['[dir]', '[dir] --reject'],
  details: `
Where very many files are gone at once on one side, they are not deleted on the other until you say so: cloudsync status
shows how many and which. What was approved can still be taken back by cloudsync undo.

  --reject    they were not meant to go: what is left on the other side comes back

Example: cloudsync approve ~/Team
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      { reject: { type: 'boolean', default: false } },
      ['dir?'],
    )
    return async (context) => {
      const { links, terminal, workingDir } = context
      const link = await findLink(await links.list(), positionals[0], workingDir)
      const method = values.reject ? 'reject' : 'approve'
      const held = await askLink(context, link, method, {})
      if (held.length === 0) return terminal.note('Nothing is held.')
      for (const { side, files } of held) {
        const amount = count(files, 'file')
        if (values.reject)
          terminal.print(`${amount} stay, and come back to where they are missing.`)
        else
          terminal.print(
            `${amount} will be deleted ${side === 'remote' ? 'on the server' : 'here'}.`,
          )
      }
    }
  },
}
