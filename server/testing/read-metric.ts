import type { TestServer } from './test-server.ts'

/** One value of `/metrics`, by its name and labels as they stand there; `NaN` when it is not there. */
export async function readMetric(server: Pick<TestServer, 'url'>, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}
