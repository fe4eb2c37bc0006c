import type { Database } from '#platform/db/database.ts'
import type { ServerConfig } from '../config/config.ts'

export interface AdminContext {
  readonly config: ServerConfig
  readonly db: Database
  readonly print: (line: string) => void
}

export interface AdminCommand {
  /** Two words, as they are typed. */
  readonly name: string
  readonly summary: string
  readonly usage: string
  /** What the arguments ask for. Throws `UsageError`. */
  readonly parse: (args: readonly string[]) => (context: AdminContext) => Promise<void>
}
