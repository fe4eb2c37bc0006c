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
    redact: ['password', 'token', 'accessToken', 'refreshToken', '*.password', '*.token'],
  })
}
