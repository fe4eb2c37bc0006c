import type { CliCommand } from '../cli-command.ts'
import { CommandError, UsageError } from '../command-error.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink } from '../settings/find-link.ts'
import { IgnoreFile, ignoreFileName } from '../settings/ignore-file.ts'
import { printable } from '../terminal/style.ts'

export const ignore: CliCommand = {
  name: 'ignore',
  group: 'settings',
  summary: 'keeps files that match a pattern out of sync',
  synopses: ['[--link <dir>]', '<pattern> [--link <dir>]', '--remove <pattern> [--link <dir>]'],
  details: `
Writes a pattern into .cloudsyncignore at the top of the linked folder, or shows what is in there. The patterns are
those of .gitignore, and the file is synced itself, so that they hold on every machine. As with git they are about what is
new: what is synced already stays synced, and a rule never deletes anything anywhere.

  --remove <pattern>   takes a pattern out again
  --link <dir>         the linked folder, where it is not the one around you

Example: cloudsync ignore '*.iso'    (in quotes, or the shell replaces it by what it finds)
`,
  parse(args) {
    const { values, positionals } = parseOptions(
      args,
      { remove: { type: 'string' }, link: { type: 'string' } },
      ['pattern?'],
    )
    const [pattern] = positionals
    if (pattern !== undefined && values.remove !== undefined)
      throw new UsageError('Give a pattern, or --remove one, not both')
    for (const text of [pattern, values.remove])
      if (text !== undefined && (text.trim() === '' || /[\r\n\0]/.test(text)))
        throw new UsageError('A pattern is one line of text')
    return async ({ links, terminal, workingDir }) => {
      const link = await findLink(await links.list(), values.link, workingDir)
      const file = new IgnoreFile(link.path)
      if (values.remove !== undefined) {
        if (!(await file.remove(values.remove)))
          throw new CommandError(`“${values.remove}” is not in ${file.path}`)
        terminal.print(`${values.remove} is synced again.`)
      } else if (pattern !== undefined) {
        const isNew = await file.add(pattern)
        terminal.print(
          isNew
            ? `${pattern} is ignored now: what is new and matches stays on this machine. What is synced already stays synced.`
            : `${pattern} was ignored already.`,
        )
      } else {
        const text = (await file.read()).trimEnd()
        const none = `Nothing is ignored but temporary files; ${ignoreFileName} is empty.`
        terminal.print(text === '' ? none : text.split('\n').map(printable).join('\n'))
      }
    }
  },
}
