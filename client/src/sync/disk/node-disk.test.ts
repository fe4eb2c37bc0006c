import { diskContract } from '../testing/disk-contract.ts'
import { openTestDisk } from '../testing/open-test-disk.ts'

diskContract('a folder of the operating system', () => openTestDisk())
