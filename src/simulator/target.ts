// Where requests go and what they claim to be: the address that is connected to and the public URL that is signed.

export interface Line {
  /** Where the server listens, e.g. http://127.0.0.1:8080. */
  readonly target: string;
  /** What the server is called from outside, e.g. https://parley.example; every signature is over it. */
  readonly publicUrl: string;
  readonly authToken: string;
}

/** The public http(s) or ws(s) URL with the target's scheme, host and port in place of its own. */
export function targetUrl(publicUrl: string, line: Line): string {
  const { pathname, search } = new URL(publicUrl);
  return new URL(line.target).origin + pathname + search;
}

/** A URL out of TwiML, absolute or relative to the document it stood in. */
export function resolveUrl(url: string, documentUrl: string): string {
  return new URL(url, documentUrl).href;
}
