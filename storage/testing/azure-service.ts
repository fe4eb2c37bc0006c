import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { findTestService } from './test-service.ts'

export interface AzureService {
  readonly account: string
  readonly accountKey: string
  readonly containerUrl: string
}

/** The Azure service of the test run, with a container; tests take a folder of their own in it. */
export async function findAzureService(): Promise<AzureService | undefined> {
  const found = await findTestService('azure')
  if (!found) return undefined
  const account = found.url.username
  const accountKey = decodeURIComponent(found.url.password)
  const containerUrl = `http://${found.url.host}/${account}/cloudsync-tests`
  const credential = new StorageSharedKeyCredential(account, accountKey)
  await new ContainerClient(containerUrl, credential).createIfNotExists()
  return { account, accountKey, containerUrl }
}
