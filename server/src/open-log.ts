import { pino, type Logger } from 'pino'
import type { ServerConfig } from './config/config.ts'

/** The log on stdout. ECS field names, so that common log pipelines read them as they are. */
export function openLog({ logLevel }: Pick<ServerConfig, 'logLevel'>): Logger {
  return pino({
    level: logLevel,
    messageKey: 'message',
    errorKey: 'error',
    timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ 'log.level': label }) },
    base: { 'service.name': 'cloudsync', 'process.pid': process.pid },
    serializers: { err: describeError, error: describeError },
    redact: ['password', 'token', 'accessToken', 'refreshToken', '*.password', '*.token'],
  })
}

/**
 * What an error says, and nothing of what hangs on it: that of a broken connection of the pool drags the
 * whole client along, tens of kilobytes.
 */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const plain = Object.entries(error).filter(([, value]) => !isObject(value))
  const described = { type: error.name, message: error.message, stack: error.stack }
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) }
  return { ...Object.fromEntries(plain), ...described, ...cause }
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
