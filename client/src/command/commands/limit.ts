import type { CliCommand } from '../cli-command.ts'
import { UsageError } from '../command-error.ts'
import { tellDaemon } from '../link/ask-link.ts'
import { parseOptions } from '../parse-options.ts'
import { findLink } from '../settings/find-link.ts'
import type { Link } from '../settings/links.ts'
import { formatRate, parseBytes } from '../terminal/amounts.ts'

const off = 'off'
/** Slower than this, a request of several megabytes would count as broken off before it was sent. */
const leastBytesPerSecond = 10_000

export const limit: CliCommand = {
  name: 'limit',
  group: 'settings',
  summary: 'limits how fast a link sends and receives',
  synopses: ['[--link <dir>]', '--up <rate> --down <rate> [--link <dir>]'],
  details: `
Shows or sets how many bytes a link may send and receive in a second. It holds at once, also for a transfer that is
under way.

  --up <rate>      such as 500k, 2M or 1.5MiB; off: as fast as it goes
  --down <rate>    the same for what is received
  --link <dir>     the linked folder, where it is not the one around you

Example: cloudsync limit --up 1M --down off
`,
  parse(args) {
    const { values } = parseOptions(args, {
      up: { type: 'string' },
      down: { type: 'string' },
      link: { type: 'string' },
    })
    const up = parseRate('--up', values.up)
    const down = parseRate('--down', values.down)
    return async (context) => {
      const { links, terminal, workingDir } = context
      const link = await findLink(await links.list(), values.link, workingDir)
      if (up === undefined && down === undefined) return terminal.print(describeLimits(link))
      const changed = await links.change(link.id, () => ({
        ...(up !== undefined && { uploadBytesPerSecond: up }),
        ...(down !== undefined && { downloadBytesPerSecond: down }),
      }))
      await tellDaemon(context, changed)
      terminal.print(describeLimits(changed))
    }
  },
}

/** `null`: no limit. */
function parseRate(name: string, text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined
  if (text === off) return null
  const bytes = parseBytes(text)
  if (bytes === undefined || bytes < leastBytesPerSecond)
    throw new UsageError(`${name} takes a rate of at least 10k, such as 500k or 2M, or off`)
  return bytes
}

function describeLimits({ uploadBytesPerSecond: up, downloadBytesPerSecond: down }: Link): string {
  const describe = (rate: number | null) => (rate === null ? 'no limit' : formatRate(rate))
  return `Sending: ${describe(up)}. Receiving: ${describe(down)}.`
}
