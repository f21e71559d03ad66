// Checks that a webhook or a stream upgrade was signed by Twilio with our account's auth token.
import twilio from 'twilio';

export interface SignatureOptions {
  /** The account's primary auth token; Twilio signs with no other. */
  readonly authToken: string;
  /** The origin that Twilio was told, `https://host[:port]`. A function, because a test server learns its port late. */
  readonly publicUrl: () => string;
}

export interface SignedRequest {
  /** Path and query exactly as requested, still encoded. */
  readonly rawUrl: string;
  readonly signature: string | undefined;
}

export interface SignedWebhook extends SignedRequest {
  /** Every field of the form, empty ones included; a repeated name has all its values. Empty for GET. */
  readonly params: Readonly<Record<string, string | string[]>>;
}

export interface SignatureCheck {
  webhook(request: SignedWebhook): boolean;
  upgrade(request: SignedRequest): boolean;
}

/** URLs are built from the public origin alone: whoever sends a request chooses its Host header. */
export function createSignatureCheck(options: SignatureOptions): SignatureCheck {
  const { authToken, publicUrl } = options;
  return {
    webhook({ rawUrl, params, signature }) {
      return isSigned(authToken, signature, publicUrl() + rawUrl, params);
    },
    upgrade({ rawUrl, signature }) {
      return upgradeUrls(publicUrl(), rawUrl).some((url) => isSigned(authToken, signature, url, {}));
    },
  };
}

/**
 * The URLs that Twilio may have signed for a stream: the scheme is `wss`, the path may end in a slash, and the default
 * port may be written. The SDK adds `:80` to any scheme but https, so `:443` is spelled out here.
 */
function upgradeUrls(publicUrl: string, rawUrl: string): readonly string[] {
  const origin = publicUrl.replace(/^http/i, 'ws');
  const [, path = '', query = ''] = /^([^?]*)(\?.*)?$/s.exec(rawUrl) ?? [];
  const bare = path.replace(/\/+$/, '');
  const paths = [bare + query, `${bare}/${query}`];
  const withoutPort = origin.replace(/:\d+$/, '');
  const origins = /^wss:/i.test(origin) ? [origin, withoutPort, `${withoutPort}:443`] : [origin];
  return origins.flatMap((base) => paths.map((one) => base + one));
}

function isSigned(
  authToken: string,
  signature: string | undefined,
  url: string,
  params: Readonly<Record<string, string | string[]>>,
): boolean {
  if (signature === undefined || signature === '') return false;
  try {
    return twilio.validateRequest(authToken, signature, url, params);
  } catch {
    // The SDK throws on a URL that cannot be parsed, which no signed request has.
    return false;
  }
}
