import { openingContract } from '../testing/opening-contract.ts'
import { findS3Service } from '../testing/s3-service.ts'

const service = await findS3Service()
if (service) {
  const config = { ...service, kind: 's3', folder: '' } as const
  openingContract('S3BlobStore', {
    right: (folder) => ({ ...config, folder }),
    wrongSecret: {
      ...config,
      credentials: { ...service.credentials, secretAccessKey: 'another' },
    },
    wrongBucket: { ...config, bucket: 'never-made' },
    wrongHost: { ...config, host: '127.0.0.1', port: 1 },
  })
}
