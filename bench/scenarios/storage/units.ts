export const megabyte = 1e6
export const mebibyte = 1024 * 1024
