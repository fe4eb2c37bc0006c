/** Of a batch of files. By themselves, so that a page that keeps them needs no schemas. */
export const maxBatchFiles = 500
/** Of all files of a batch together. */
export const maxBatchBytes = 8 * 1024 * 1024
