/** The mark: a cloud with a caret in it. */
export function Logo({ size = 24 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" role="img" aria-label="CloudSync">
      <rect width="32" height="32" rx="8" fill="#2f5bd8" />
      <path
        d="M10.2 23.5a5 5 0 0 1-.9-9.9 7 7 0 0 1 13.5 1.1 4.5 4.5 0 0 1-.6 8.8z"
        fill="none"
        stroke="#fff"
        strokeWidth="2.2"
        strokeLinejoin="round"
      />
      <path d="M16 15v6" stroke="#fff" strokeWidth="2.2" strokeLinecap="round" />
    </svg>
  )
}
