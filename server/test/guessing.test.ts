import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openTestCluster, redisProgram } from '../testing/index.ts'

interface Place {
  readonly url: string
}

async function signIn({ url }: Place, password: string, address: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ email: 'ada@example.com', password }),
  })
  return answer.status
}

const password = 'correct horse battery'

suite(
  'whoever guesses at several servers',
  { skip: redisProgram === undefined && 'Redis is not installed' },
  () => {
    test('at passwords is counted by all together, and by each alone while Redis is away', async () => {
      await using cluster = await openTestCluster(true)
      const { one, two, redis } = cluster
      const guess = async (place: Place, times: number, address: string) => {
        for (let count = 0; count < times; count++)
          assert.equal(await signIn(place, 'wrong', address), 401)
      }
      await guess(one, 6, '192.0.2.1')
      await guess(two, 4, '192.0.2.1')
      for (const place of [one, two]) assert.equal(await signIn(place, password, '192.0.2.1'), 429)
      // The right one, at whichever server, wipes the slate clean at all.
      await guess(one, 9, '192.0.2.2')
      assert.equal(await signIn(two, password, '192.0.2.2'), 200)
      await guess(one, 1, '192.0.2.2')
      assert.equal(await signIn(one, password, '192.0.2.2'), 200)

      await redis?.kill()
      // What this one has counted itself still counts.
      await guess(one, 4, '192.0.2.1')
      assert.equal(await signIn(one, password, '192.0.2.1'), 429)
      assert.equal(await signIn(two, password, '192.0.2.1'), 200)
    })

    test('at the secrets of apps, and at the codes of devices, is counted by all together', async () => {
      await using cluster = await openTestCluster(true)
      const { one, two } = cluster
      const { id } = await one.admin.post<{ id: string }>('/admin/oauth-clients', {
        name: 'Reports',
        kind: 'web',
        redirectUris: ['https://reports.example/callback'],
        scopes: ['files:read'],
      })
      const statuses: number[] = []
      for (let count = 0; count < 11; count++) {
        const answer = await fetch(`${[one, two][count % 2]?.url}/oauth/token`, {
          method: 'POST',
          headers: { authorization: `Basic ${btoa(`${id}:wrong`)}` },
          body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'nothing' }),
        })
        statuses.push(answer.status)
      }
      assert.deepEqual(statuses, [...Array<number>(10).fill(401), 429])

      const ofCodes: number[] = []
      for (let count = 0; count < 6; count++) {
        const admin = [one.admin, two.admin][count % 2]
        const answer = await admin?.send('POST', '/oauth/device-codes/look', {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ userCode: `BBBB-BBB${'BCDFGH'[count]}` }),
        })
        ofCodes.push(answer?.status ?? 0)
      }
      assert.deepEqual(ofCodes, [404, 404, 404, 404, 404, 429])
    })
  },
)
