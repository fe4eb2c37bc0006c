import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from './command-error.ts'

type OptionsConfig = NonNullable<ParseArgsConfig['options']>

/** As `parseArgs`, with what its positional arguments are called; one that ends in `?` may be left out. */
export function parseOptions<const Options extends OptionsConfig>(
  args: readonly string[],
  options: Options,
  names: readonly string[] = [],
) {
  const { values, positionals } = parse(args, options)
  const needed = names.filter((name) => !name.endsWith('?'))
  const missing = needed[positionals.length]
  if (missing !== undefined) throw new UsageError(`<${missing}> is missing`)
  if (positionals.length > names.length) {
    const [extra = ''] = positionals.slice(names.length)
    throw new UsageError(`“${extra}” is one argument too many`)
  }
  return { values, positionals: positionals as readonly string[] }
}

function parse<const Options extends OptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    // Node goes on to explain how a positional argument of that form is written, in its own words.
    throw new UsageError(message.split('. ')[0] ?? message, { cause: error })
  }
}

/** A whole number of an option; `undefined` stays so. */
export function parseCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${name} takes a whole number, not “${text}”`)
  return Number(text)
}
