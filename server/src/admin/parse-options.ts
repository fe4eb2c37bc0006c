import { parseArgs, type ParseArgsConfig } from 'node:util'

/** The arguments are none that the command knows. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** As `parseArgs`. Throws `UsageError`. */
export function parseOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
