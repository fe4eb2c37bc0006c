import { pino, type DestinationStream, type Logger } from 'pino'
import { currentLogContext } from '#platform/log/log-context.ts'
import { hideSecretFields, scrubSecrets } from '#platform/log/scrub-secrets.ts'
import type { ServerConfig } from './config/config.ts'

/** The log on stdout. ECS field names, so that common log pipelines read them as they are. */
export function openLog(
  { logLevel }: Pick<ServerConfig, 'logLevel'>,
  destination?: DestinationStream,
): Logger {
  const options = {
    level: logLevel,
    messageKey: 'message',
    errorKey: 'error',
    timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ 'log.level': label }),
      log: hideSecretFields,
    },
    base: { 'ecs.version': '8.17.0', 'service.name': 'cloudsync', 'process.pid': process.pid },
    serializers: { err: describeError, error: describeError },
    mixin: currentLogContext,
    hooks: { streamWrite: scrubSecrets },
  }
  return destination ? pino(options, destination) : pino(options)
}

/** What a library hangs on its errors, and may be what somebody has sent. */
const unspoken = new Set(['body', 'headers', 'parameters', 'input'])

/**
 * What an error says, and nothing of what hangs on it: that of a broken connection of the pool drags the
 * whole client along, tens of kilobytes.
 */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const plain = Object.entries(error).filter(
    ([name, value]) => !isObject(value) && !unspoken.has(name),
  )
  const described = { type: error.name, message: error.message, stack_trace: error.stack }
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) }
  return { ...Object.fromEntries(plain), ...described, ...cause }
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
