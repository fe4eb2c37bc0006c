/** Our server as an operator starts it, with one endpoint more, which knows its answer: what is left is the gateway. */
import { z } from 'zod'
import { endpoint, json, openServer, parseConfig, readEnv } from '@cloudsync/server/testing'

const server = await openServer(parseConfig(readEnv()), {
  endpoints: [
    endpoint({
      summary: 'What is known already',
      answers: { 200: z.object({ hello: z.string() }) },
      method: 'get',
      path: '/hello',
      access: 'user',
      needs: 'own',
      handle: () => Promise.resolve(json({ hello: 'world' })),
    }),
  ],
})
process.once('SIGTERM', () => void server[Symbol.asyncDispose]().then(() => process.exit(0)))
