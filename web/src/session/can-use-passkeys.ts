/** Browsers have passkeys on secure pages of a host that has a name. */
export function canUsePasskeys(): boolean {
  return (
    isSecureContext &&
    'PublicKeyCredential' in window &&
    !/^(?:\d+\.\d+\.\d+\.\d+|\[.*\])$/.test(location.hostname)
  )
}
