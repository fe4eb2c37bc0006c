import { findAzureService } from '../testing/azure-service.ts'
import { openingContract } from '../testing/opening-contract.ts'

const service = await findAzureService()
if (service) {
  const config = { ...service, kind: 'azure', folder: '' } as const
  openingContract('AzureBlobStore', {
    right: (folder) => ({ ...config, folder }),
    wrongSecret: { ...config, accountKey: Buffer.from('another').toString('base64') },
    wrongBucket: { ...config, containerUrl: `${service.containerUrl}-never-made` },
    wrongHost: { ...config, containerUrl: 'http://127.0.0.1:1/account/container' },
  })
}
