import { AsyncLocalStorage } from 'node:async_hooks'

/** What stands in every line that is logged while one request is worked on, under the names of ECS. */
export type LogContext = Readonly<Record<string, string>>

const contexts = new AsyncLocalStorage<LogContext>()

/** Runs `work`, and all that it starts, in a context of the log. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return contexts.run(context, work)
}

/** The fields of the context that is current. A copy: pino writes into what it is given. */
export function currentLogContext(): Record<string, string> {
  return { ...contexts.getStore() }
}
