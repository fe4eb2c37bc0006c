/** Headers of requests that endpoints may heed, with what the OpenAPI document says of them. */
export const heededHeaders = {
  'a-im': 'RFC 3229: `cloudsync-delta` asks for a delta on the content that `If-None-Match` names',
  'cloudsync-session':
    '`cookie`, from a page of ours: the session is a cookie, which no script can read, instead of tokens',
  'content-digest': 'RFC 9530: the SHA-256 of the body, which is checked',
  'idempotency-key':
    '8 to 100 printable ASCII characters; the same request with the same key is done once in 30 days',
  'if-match': 'What the content builds on, by its ETag',
  'if-none-match': 'What the caller has, by its ETag',
  'if-range': 'The ETag of the content that the range is of',
  range: 'One range of bytes',
  'tus-resumable': 'Always `1.0.0`',
  'upload-checksum': 'tus: `sha1` or `sha256`, and the digest of the body in base64',
  'upload-concat': 'tus: `partial`, or `final;` and the parts',
  'upload-defer-length': 'tus: `1` where the length is told later',
  'upload-length': 'tus: bytes of the whole',
  'upload-metadata': 'tus: which file the upload is for; see docs/uploads.md',
  'upload-offset': 'tus: where the body begins',
  'x-http-method-override': '`PATCH` or `DELETE`',
} as const satisfies Record<string, string>

export type HeededHeader = keyof typeof heededHeaders
