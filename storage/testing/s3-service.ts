import { S3Connection } from '../src/adapters/s3/s3-connection.ts'
import type { S3Service } from '../src/adapters/s3/s3-connection.ts'
import { RemoteCall } from '../src/adapters/remote/remote-call.ts'
import { findTestService } from './test-service.ts'

/** The S3 service of the test run, with a bucket; tests take a folder of their own in it. */
export async function findS3Service(): Promise<S3Service | undefined> {
  const found = await findTestService('s3')
  if (!found) return undefined
  const { hostname, port, username, password } = found.url
  const service = {
    host: hostname,
    port: Number(port),
    tls: false,
    region: 'us-east-1',
    bucket: 'cloudsync-tests',
    credentials: { accessKeyId: username, secretAccessKey: password },
  }
  await makeBucket(service)
  return service
}

async function makeBucket(service: S3Service): Promise<void> {
  using connection = new S3Connection(service)
  // To make one that is ours already is no error in the service's first region.
  await RemoteCall.run('make a bucket', { idleTimeoutMs: 60_000 }, undefined, (call) =>
    connection.ask({ method: 'PUT', name: '', expect: [200] }, call),
  )
}
